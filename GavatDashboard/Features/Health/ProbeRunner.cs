using System.Globalization;
using GavatDashboard.Domain.Health;

namespace GavatDashboard.Features.Health;

/// <summary>
/// Runs one component's probe: timed, bounded, and never throwing what the probe throws. A probe that does not end when it
/// is told to is waited for before another is started, so that a hanging store is asked once and not ever more often.
/// </summary>
internal sealed class ProbeRunner(IComponentProbe probe, TimeSpan timeout, TimeProvider time)
{
    private Task<ProbeAnswer>? _overdue;
    private DateTimeOffset _overdueSince;

    /// <summary>Probes once. Not to be called again before it has answered.</summary>
    /// <exception cref="OperationCanceledException">The monitor stops.</exception>
    public async Task<ProbeResult> RunAsync(CancellationToken stopping)
    {
        stopping.ThrowIfCancellationRequested();
        if (_overdue is { IsCompleted: false })
        {
            return Unhealthy(null, Invariant($"It did not answer within {timeout.TotalSeconds:0.##} s; the probe begun at {_overdueSince:HH:mm:ss} UTC still waits."));
        }

        _overdue = null;
        var startedAt = time.GetUtcNow();
        var started = time.GetTimestamp();
        var limit = new CancellationTokenSource(timeout, time);
        var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        // On a thread of the pool: a probe that blocks before its first await must not hold up the monitor.
        var task = Task.Run(() => probe.ProbeAsync(both.Token), CancellationToken.None);
        try
        {
            var answer = await task.WaitAsync(both.Token);
            var elapsedMs = time.GetElapsedTime(started).TotalMilliseconds;
            return new ProbeResult(
                probe.ComponentId, answer.Status, answer.LatencyMs ?? elapsedMs, time.GetUtcNow(), answer.Reason, answer.Details ?? ComponentHealth.NoDetails);
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            throw new OperationCanceledException(stopping);
        }
        catch (Exception) when (limit.IsCancellationRequested)
        {
            (_overdue, _overdueSince) = (task, startedAt);
            return Unhealthy(time.GetElapsedTime(started).TotalMilliseconds, Invariant($"It did not answer within {timeout.TotalSeconds:0.##} s."));
        }
        catch (Exception exception)
        {
            return Unhealthy(time.GetElapsedTime(started).TotalMilliseconds, Describe(exception));
        }
        finally
        {
            ReleaseWhenDone(task, limit, both);
        }
    }

    /// <summary>What went wrong, on one line for a person, with the innermost cause: drivers often wrap "connection refused" twice.</summary>
    internal static string Describe(Exception exception)
    {
        var innermost = exception.GetBaseException();
        var text = ReferenceEquals(innermost, exception) || exception.Message.Contains(innermost.Message, StringComparison.Ordinal)
            ? exception.Message
            : $"{exception.Message.TrimEnd('.')}: {innermost.Message}";
        var oneLine = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return oneLine.Length switch
        {
            0 => exception.GetType().Name,
            > 400 => oneLine[..400] + "…",
            _ => oneLine,
        };
    }

    private static void ReleaseWhenDone(Task task, CancellationTokenSource limit, CancellationTokenSource both) =>
        _ = task.ContinueWith(
            ended =>
            {
                // Looking at the exception of a probe that was given up on keeps it from being reported as unobserved.
                _ = ended.Exception;
                both.Dispose();
                limit.Dispose();
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private ProbeResult Unhealthy(double? latencyMs, string reason) =>
        new(probe.ComponentId, ComponentStatus.Unhealthy, latencyMs, time.GetUtcNow(), reason, ComponentHealth.NoDetails);
}
