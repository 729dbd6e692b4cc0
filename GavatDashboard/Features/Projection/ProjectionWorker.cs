using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Projection;

/// <summary>Keeps all copies of the ledger up to date, each on its own, and drops events that all of them have handled.</summary>
internal sealed partial class ProjectionWorker : BackgroundService, IProjectionStatus
{
    /// <summary>Handled events that are kept, so that a copy that went back a little, or is made anew, finds them.</summary>
    internal const long KeptEvents = 100_000;
    private static readonly TimeSpan TrimInterval = TimeSpan.FromMinutes(1);

    private readonly IOutbox _outbox;
    private readonly TimeProvider _time;
    private readonly ILogger<ProjectionWorker> _logger;
    private readonly ProjectionLoop[] _loops;
    private long _trimmedThrough;

    public ProjectionWorker(
        IEnumerable<IProjectionTarget> targets,
        IOutbox outbox,
        ILedgerStores ledgers,
        OutboxSignal signal,
        TimeProvider time,
        ILogger<ProjectionWorker> logger)
    {
        _outbox = outbox;
        _time = time;
        _logger = logger;
        _loops = [.. targets.Select(target => new ProjectionLoop(target, outbox, ledgers, signal.Listen(), time, logger))];
    }

    public IReadOnlyList<ProjectionStatus> Read() => [.. _loops.Select(loop => loop.Status)];

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll([TrimAsync(stoppingToken), .. _loops.Select(loop => Task.Run(() => loop.RunAsync(stoppingToken), CancellationToken.None))]);

    /// <summary>Drops what every copy holds, less what is kept. Copies that are behind, or being made, hold it back.</summary>
    internal async Task TrimOnceAsync(CancellationToken cancellationToken)
    {
        var through = Read().Min(status => status.Phase is ProjectionPhase.Following or ProjectionPhase.Waiting ? status.Cursor : 0) - KeptEvents;
        if (through > _trimmedThrough)
        {
            var dropped = await _outbox.TrimAsync(through, cancellationToken);
            _trimmedThrough = through;
            LogTrimmed(dropped, through);
        }
    }

    private async Task TrimAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(TrimInterval, _time, cancellationToken);
                await TrimOnceAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (StoreUnavailableException outage)
            {
                LogNotTrimmed(outage.Message);
            }
        }
    }

    [LoggerMessage(2206, LogLevel.Debug, "Dropped {Dropped} events up to place {Through} of the log; every copy has them.")]
    private partial void LogTrimmed(long dropped, long through);

    [LoggerMessage(2207, LogLevel.Information, "Handled events cannot be dropped now: {Failure}")]
    private partial void LogNotTrimmed(string failure);
}
