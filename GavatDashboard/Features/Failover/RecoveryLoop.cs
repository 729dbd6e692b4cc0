using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Failover;

/// <summary>
/// The failover coordinator's heartbeat: each tick it asks the primary to take a write, keeps PRIMARY or SUSPECT, and
/// writes each change down. It watches; it does not move coin operations to the fallback.
/// </summary>
internal sealed partial class RecoveryLoop(
    IEnumerable<IStoreHeartbeat> heartbeats,
    IRecoveryJournal journal,
    IOptions<RecoveryOptions> options,
    TimeProvider time,
    ILogger<RecoveryLoop> logger) : BackgroundService, IRecoveryStatus
{
    private static readonly TimeSpan JournalTimeout = TimeSpan.FromSeconds(2);
    private readonly RecoveryOptions _options = options.Value;
    private readonly Lock _gate = new();
    private RecoveryState _state = RecoveryState.Starting;
    private DateTimeOffset? _since;
    private string _reason = "It has not ticked yet.";
    private long? _tickedAt;
    private RecoveryJournalEntry? _lastEntry;
    private RecoveryJournalEntry? _unwritten;
    private string? _journalFault;

    /// <inheritdoc />
    public RecoveryStatus Current
    {
        get
        {
            lock (_gate)
            {
                TimeSpan? sinceTick = _tickedAt is { } at ? time.GetElapsedTime(at) : null;
                return new RecoveryStatus(_state, _since, _reason, sinceTick, sinceTick > _options.TickOverdueAfter, _lastEntry, _journalFault);
            }
        }
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the caller's thread: the host starts its services one after another.
        await Task.Yield();
        var probe = new ProbeRunner(new WriteProbe(heartbeats), _options.ProbeTimeout, time);
        try
        {
            await ReadJournalAsync(stoppingToken);
            using var timer = new PeriodicTimer(_options.Tick, time);
            do
            {
                await TickAsync(await probe.RunAsync(stoppingToken), stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application stops, and the watching with it.
        }
    }

    private async Task TickAsync(ProbeResult sample, CancellationToken cancellationToken)
    {
        var next = sample.Status is ComponentStatus.Healthy or ComponentStatus.Degraded ? RecoveryState.Primary : RecoveryState.Suspect;
        lock (_gate)
        {
            _tickedAt = time.GetTimestamp();
            _reason = sample.Reason;
            if (next != _state)
            {
                _unwritten = new RecoveryJournalEntry(sample.CheckedAt, _state, next, sample.Reason);
                _since = sample.CheckedAt;
                _state = next;
            }
        }

        // What could not be written is tried again with the next tick; a newer change takes its place.
        if (_unwritten is { } entry && await TryJournalAsync(token => journal.AppendAsync(entry, token), cancellationToken))
        {
            LogStateChanged(entry.To == RecoveryState.Primary ? LogLevel.Information : LogLevel.Warning, entry.From, entry.To, entry.Reason);
            lock (_gate)
            {
                _unwritten = null;
                _lastEntry = entry;
            }
        }
    }

    private async Task ReadJournalAsync(CancellationToken cancellationToken) =>
        await TryJournalAsync(
            async token =>
            {
                var entries = await journal.ListAsync(1, token);
                lock (_gate)
                {
                    _lastEntry = entries.Count > 0 ? entries[0] : null;
                }
            },
            cancellationToken);

    private async Task<bool> TryJournalAsync(Func<CancellationToken, Task> action, CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(JournalTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        string? fault = null;
        try
        {
            await action(both.Token);
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            // A journal that cannot be written must not end the watch; the status says so until it can.
            fault = limit.IsCancellationRequested ? $"It did not answer within {JournalTimeout.TotalSeconds:0} s." : ProbeRunner.Describe(exception);
        }

        bool isNew;
        lock (_gate)
        {
            isNew = fault is not null && _journalFault is null;
            _journalFault = fault;
        }

        if (isNew)
        {
            LogJournalFailed(fault!);
        }

        return fault is null;
    }

    [LoggerMessage(EventId = 3101, Message = "The failover coordinator went from {From} to {To}: {Reason}")]
    private partial void LogStateChanged(LogLevel level, RecoveryState from, RecoveryState to, string reason);

    [LoggerMessage(EventId = 3102, Level = LogLevel.Error, Message = "The failover coordinator's journal cannot be used: {Reason}")]
    private partial void LogJournalFailed(string reason);

    /// <summary>Asks the primary to take a write.</summary>
    private sealed class WriteProbe(IEnumerable<IStoreHeartbeat> heartbeats) : IComponentProbe
    {
        private readonly IStoreHeartbeat? _primary = heartbeats.LastOrDefault(heartbeat => heartbeat.ComponentId == ComponentIds.PostgreSql);

        public string ComponentId => ComponentIds.AutoRecovery;

        public string DisplayName => ComponentIds.NameOf(ComponentId);

        public async Task<ProbeAnswer> ProbeAsync(CancellationToken cancellationToken)
        {
            if (_primary is null)
            {
                return new ProbeAnswer(ComponentStatus.Unhealthy, "No primary ledger is connected.");
            }

            var reading = await _primary.BeatAsync(cancellationToken);
            return new ProbeAnswer(ComponentStatus.Healthy, $"{reading.Product} took a write.");
        }
    }
}
