using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Stores.Failover;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Features.Failover;

/// <summary>What the coordinator's probe found.</summary>
/// <param name="At">When it began (UTC).</param>
/// <param name="Head">The head it read; null where the primary did not take the write.</param>
/// <param name="LatencyMs">How long it took, in milliseconds.</param>
/// <param name="Fault">Why the primary did not take it.</param>
internal sealed record PrimaryReading(DateTimeOffset At, ControlledHead? Head, double LatencyMs, string? Fault)
{
    /// <summary>When it began, by the monotonic clock.</summary>
    public required long BeganAt { get; init; }
}

/// <summary>Asks the primary to take a write, again and again, and never waits longer than its time for it.</summary>
internal sealed class PrimaryWatch(IPrimaryControl primary, FailoverOptions options, TimeProvider time)
{
    private TaskCompletionSource _soon = NewSource();

    /// <summary>Asks at once instead of waiting for the next turn.</summary>
    public void Hurry() => Volatile.Read(ref _soon).TrySetResult();

    /// <summary>Asks until it is cancelled.</summary>
    /// <param name="state">Tells the state, on which the pace depends.</param>
    /// <param name="report">Takes each reading; awaited, so that no two are under way.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(Func<FailoverState> state, Func<PrimaryReading, Task> report, CancellationToken cancellationToken)
    {
        while (true)
        {
            var started = time.GetTimestamp();
            Volatile.Write(ref _soon, NewSource());
            await report(await ProbeAsync(state(), cancellationToken));
            var pause = options.TickIn(state()) - time.GetElapsedTime(started);
            if (pause > TimeSpan.Zero)
            {
                await _soon.Task.WaitAsync(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Asks once. An instance that does not own the ledger only looks: it must never hold a lock that the owner waits for.</summary>
    public async Task<PrimaryReading> ProbeAsync(FailoverState state, CancellationToken cancellationToken)
    {
        var at = time.GetUtcNow();
        var started = time.GetTimestamp();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.ProbeTimeout);
        var probe = state == FailoverState.Following ? primary.LookAsync(timeout.Token) : primary.ProbeAsync(timeout.Token);
        try
        {
            // A driver that does not heed its token must not hold up the watch.
            var head = await probe.WaitAsync(timeout.Token);
            return new PrimaryReading(at, head, time.GetElapsedTime(started).TotalMilliseconds, null) { BeganAt = started };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            var fault = timeout.IsCancellationRequested
                ? FormattableString.Invariant($"{primary.Name} did not take a write within {options.ProbeTimeoutSeconds:0.##} s.")
                : exception is StoreUnavailableException ? exception.Message : $"{primary.Name} does not take writes: {exception.Message}";
            return new PrimaryReading(at, null, time.GetElapsedTime(started).TotalMilliseconds, fault) { BeganAt = started };
        }
    }
}
