using GavatDashboard.Domain.Failover;

namespace GavatDashboard.Features.Failover;

/// <summary>Runs what takes time beside the loop, each action after the one before it has ended; only the last one's end is heard.</summary>
internal sealed class ActionRunner
{
    private Task _running = Task.CompletedTask;
    private CancellationTokenSource? _last;

    /// <summary>Runs an action.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="action">What takes time.</param>
    /// <param name="ended">Hears how it ended, in the loop.</param>
    public void Run(EventLoop loop, Func<CancellationToken, Task<FailoverEvent>> action, Func<FailoverEvent, Task> ended)
    {
        var source = new CancellationTokenSource();
        var previous = _running;
        _last = source;
        _running = Task.Run(async () =>
        {
            await previous;
            var end = await action(source.Token);
            loop.Post(() => _last == source ? ended(end) : Task.CompletedTask);
        });
    }

    /// <summary>Tells the last action to end. Nobody waits for it here: a driver that asks a dead server to cancel would hold up the loop.</summary>
    public void Stop() => _ = _last?.CancelAsync();
}
