using GavatDashboard.Domain.Health;

namespace GavatDashboard.Features.Coins;

/// <summary>Remembers the most that the ledger did in a second, and whether callers had to queue below the target.</summary>
internal sealed class ThroughputWatch(ILedgerFeed feed) : IHostedService, IDisposable
{
    /// <summary>So many operations in the queue are more than one batch takes: the ledger is behind what it is asked for.</summary>
    private const int QueueOfSomeBatches = 1_024;

    private readonly Lock _gate = new();
    private LedgerThroughput _current = new(0, 0, null, null);
    private IDisposable? _subscription;

    /// <summary>What it did.</summary>
    public LedgerThroughput Current
    {
        get
        {
            lock (_gate)
            {
                return _current with { NowPerSecond = feed.Current.OperationsPerSecond };
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _subscription = feed.Subscribe(Take);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _subscription?.Dispose();

    private void Take(LedgerActivity activity)
    {
        var rate = activity.OperationsPerSecond;
        lock (_gate)
        {
            if (rate > _current.PeakPerSecond)
            {
                _current = _current with { PeakPerSecond = rate, PeakAt = activity.AsOf };
            }

            if (activity.Waiting >= QueueOfSomeBatches && rate > 0 && rate < ServiceObjective.ThroughputPerSecond)
            {
                _current = _current with { ShortPerSecond = Math.Max(rate, _current.ShortPerSecond ?? 0) };
            }
        }
    }
}
