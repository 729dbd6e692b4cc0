using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Stores;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Failover;

/// <summary>
/// Sends each batch to the ledger that takes writes, or to the instance that owns it. One that failed on the primary, or was given up there, waits and is sent
/// again wherever the gate opens: its operations carry their keys, so that what had been done is answered and not done twice.
/// </summary>
internal sealed partial class RoutedBatchWriter(
    BatchWriter primary,
    FallbackBatchWriter fallback,
    IBatchForwarder owner,
    WriteGate gate,
    WriteBrake brake,
    LedgerStores stores,
    IOptions<FailoverOptions> options,
    ILogger<RoutedBatchWriter> logger) : IBatchWriter
{
    private readonly TimeSpan _hold = options.Value.Hold;
    private long _acknowledged;

    public StoreKind Current => stores.Current.Kind;

    /// <summary>Hears of each batch that the primary did not take; to be set once, before the first write.</summary>
    public Action<string>? PrimaryFailed { get; set; }

    /// <summary>Why the fallback did not take the last batch that came to it; null where it did.</summary>
    public string? FallbackFault { get; private set; }

    /// <summary>The revision of the last batch that was acknowledged.</summary>
    public long AcknowledgedRevision => Interlocked.Read(ref _acknowledged);

    public async Task<LedgerCommit> WriteAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        // Before the gate: who waits here is not on the way, and a gate that closes need not wait for it.
        await brake.WaitAsync(cancellationToken);
        var commit = await RouteAsync(operations, cancellationToken);
        if (commit.IsForwarded)
        {
            return commit;
        }

        brake.Passed(operations.Count);
        // A batch of replays and refusals alone writes nothing, and the head stays where it was.
        Acknowledge((commit.Delta.IsEmpty ? commit.Delta.Before : commit.Delta.After).Revision);
        return commit;
    }

    private void Acknowledge(long revision)
    {
        // Batches that follow one another closely may come here in another order.
        for (var known = AcknowledgedRevision; known < revision;)
        {
            known = Interlocked.CompareExchange(ref _acknowledged, revision, known) is var found && found == known ? revision : found;
        }
    }

    private async Task<LedgerCommit> RouteAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        var mayHaveHappened = false;
        while (true)
        {
            using var pass = await EnterAsync(mayHaveHappened, cancellationToken);
            if (pass.Way == FailoverWrites.Fallback)
            {
                return await WriteToFallbackAsync(operations, cancellationToken);
            }

            var attempt = AttemptAsync(operations, pass, cancellationToken);
            try
            {
                return await attempt.WaitAsync(pass.Abandoned);
            }
            catch (StoreUnavailableException outage)
            {
                mayHaveHappened |= outage.MayHaveHappened;
                if (pass.Way == FailoverWrites.Forwarded)
                {
                    // The forwarder has tried for as long as a batch may wait.
                    throw new StoreUnavailableException(outage.Store, outage.Message, mayHaveHappened, outage) { IsOwnerAway = true, IsOwnerDistrusted = outage.IsOwnerDistrusted };
                }

                if (gate.HoldIfOpen(pass, outage.Message))
                {
                    PrimaryFailed?.Invoke(outage.Message);
                }
            }
            catch (OperationCanceledException) when (pass.Abandoned.IsCancellationRequested)
            {
                mayHaveHappened = true;
                _ = WatchAsync(attempt);
            }
        }
    }

    private async Task<GatePass> EnterAsync(bool mayHaveHappened, CancellationToken cancellationToken)
    {
        try
        {
            return await gate.EnterAsync(_hold, cancellationToken);
        }
        catch (StoreUnavailableException refused) when (mayHaveHappened)
        {
            throw new StoreUnavailableException(refused.Store, refused.Message, mayHaveHappened: true, refused);
        }
    }

    private async Task<LedgerCommit> WriteToFallbackAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        try
        {
            var commit = await fallback.WriteAsync(operations, cancellationToken);
            FallbackFault = null;
            return commit;
        }
        catch (StoreUnavailableException outage)
        {
            FallbackFault = outage.Message;
            throw;
        }
    }

    private async Task<LedgerCommit> AttemptAsync(IReadOnlyList<LedgerOperation> operations, GatePass pass, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(pass.Abandoned, cancellationToken);
        return pass.Way == FailoverWrites.Forwarded
            ? await owner.WriteAsync(operations, _hold, either.Token)
            : await primary.WriteAsync(operations, either.Token);
    }

    /// <summary>What a batch that was given up comes to is of no consequence: its note was applied by the fallback.</summary>
    private async Task WatchAsync(Task<LedgerCommit> attempt)
    {
        try
        {
            await attempt;
        }
        catch (Exception exception)
        {
            LogGivenUp(exception);
        }
    }

    [LoggerMessage(3110, LogLevel.Information, "A batch that was given up ended as well where it had been sent")]
    private partial void LogGivenUp(Exception exception);
}
