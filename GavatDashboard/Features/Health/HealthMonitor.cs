using System.Collections.Immutable;
using GavatDashboard.Domain.Health;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Health;

/// <summary>
/// Probes each component on its own schedule and publishes what it found. One slow or failing probe holds up no other, and
/// nothing a probe or a subscriber throws ends the monitor.
/// </summary>
internal sealed partial class HealthMonitor : BackgroundService, IHealthFeed, IHealthHistory, IIncidentDesk
{
    private static readonly TimeSpan StaleCheckInterval = TimeSpan.FromSeconds(1);

    /// <summary>A component that is not ready within this time after the start is no longer just starting.</summary>
    private static readonly TimeSpan StartTakes = TimeSpan.FromSeconds(30);

    private readonly ImmutableArray<ComponentWatch> _watches;
    private readonly IncidentLog _incidents = new();
    private readonly Lock _publishing = new();
    private readonly HealthOptions _options;
    private readonly HealthMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<HealthMonitor> _logger;
    private readonly DateTimeOffset _startedAt;
    private readonly long _watchingSince;
    private ImmutableArray<Subscription> _subscriptions = [];
    private HealthSnapshot _current;

    public HealthMonitor(
        IEnumerable<IComponentProbe> probes, IOptions<HealthOptions> options, HealthMetrics metrics, TimeProvider time, ILogger<HealthMonitor> logger)
    {
        _options = options.Value;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        (_startedAt, _watchingSince) = (time.GetUtcNow(), time.GetTimestamp());
        var byId = probes.ToDictionary(probe => probe.ComponentId, StringComparer.Ordinal);
        _watches =
        [
            .. ComponentIds.All.Select(id => new ComponentWatch(byId.GetValueOrDefault(id) ?? new MissingProbe(id), _options)),
            .. byId.Values.Where(probe => !ComponentIds.All.Contains(probe.ComponentId)).Select(probe => new ComponentWatch(probe, _options)),
        ];
        _current = TakeSnapshot(_startedAt);
    }

    /// <summary>Hears of every sample, on the thread of its probe: return at once.</summary>
    public event Action<ProbeResult>? Sampled;

    /// <summary>Hears of every incident that was opened, changed or closed, in their order: return at once.</summary>
    public event Action<Incident>? IncidentChanged;

    /// <inheritdoc />
    public HealthSnapshot Current => Volatile.Read(ref _current).AsOf(_time.GetUtcNow(), WatchedFor);

    private TimeSpan WatchedFor => _time.GetElapsedTime(_watchingSince);

    /// <inheritdoc />
    public IDisposable Subscribe(Action<HealthSnapshot> onSnapshot)
    {
        var subscription = new Subscription(this, onSnapshot);
        ImmutableInterlocked.Update(ref _subscriptions, static (all, added) => all.Add(added), subscription);
        return subscription;
    }

    /// <inheritdoc />
    public LatencyWindow ReadLatency(string componentId, LatencyRange range)
    {
        var now = _time.GetUtcNow();
        var watch = _watches.FirstOrDefault(watch => watch.Health.Id == componentId);
        return watch?.History.Read(range, now) ?? new LatencyWindow(range, now - range.Length(), now, LatencyStats.None, [], []);
    }

    /// <inheritdoc />
    public IReadOnlyList<Incident> ListIncidents(string? componentId, int limit) => _incidents.List(componentId, limit);

    /// <inheritdoc />
    public void Report(string subject, ComponentStatus status, string reason)
    {
        lock (_publishing)
        {
            var now = _time.GetUtcNow();
            Note(subject, status, reason, now, isStarting: false);
            Publish(now);
        }
    }

    /// <summary>Takes in what was known before a restart. To be called before the monitor starts.</summary>
    /// <param name="samples">Samples by component, the oldest first.</param>
    /// <param name="incidents">Incidents, in any order.</param>
    public void Restore(ILookup<string, LatencyPoint> samples, IReadOnlyCollection<Incident> incidents)
    {
        lock (_publishing)
        {
            foreach (var watch in _watches)
            {
                foreach (var point in samples[watch.Health.Id])
                {
                    watch.History.Add(point);
                }
            }

            _incidents.Restore(incidents);
            Publish(_time.GetUtcNow());
        }
    }

    /// <inheritdoc />
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll([.. _watches.Select(watch => WatchAsync(watch, stoppingToken)), WatchAgeAsync(stoppingToken)]);

    private async Task WatchAsync(ComponentWatch watch, CancellationToken stopping)
    {
        var runner = new ProbeRunner(watch.Probe, watch.Health.Timeout, _time);
        try
        {
            var jitter = TimeSpan.FromSeconds(_options.StartJitterSeconds * Random.Shared.NextDouble());
            await Task.Delay(jitter, _time, stopping);
            using var timer = new PeriodicTimer(watch.Health.Interval, _time);
            do
            {
                Take(watch, await runner.RunAsync(stopping));
            }
            while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The application stops, and the watching with it.
        }
    }

    private async Task WatchAgeAsync(CancellationToken stopping)
    {
        try
        {
            using var timer = new PeriodicTimer(StaleCheckInterval, _time);
            while (await timer.WaitForNextTickAsync(stopping))
            {
                MarkStale();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The application stops, and the watching with it.
        }
    }

    private void Take(ComponentWatch watch, ProbeResult sample)
    {
        _metrics.Record(sample);
        Sampled?.Invoke(sample);
        // One at a time, so that subscribers hear of the snapshots in their order.
        lock (_publishing)
        {
            watch.Take(sample, WatchedFor);
            Note(watch, sample.CheckedAt);
            Publish(sample.CheckedAt);
        }
    }

    private void MarkStale()
    {
        lock (_publishing)
        {
            var now = _time.GetUtcNow();
            var marked = _watches.Where(watch => watch.MarkStale(WatchedFor)).ToList();
            foreach (var watch in marked)
            {
                _metrics.RecordStatus(watch.Health.Id, watch.Health.Status);
                Note(watch, now);
            }

            if (marked.Count > 0)
            {
                Publish(now);
            }
        }
    }

    private void Note(ComponentWatch watch, DateTimeOffset at) =>
        Note(watch.Health.Id, watch.Health.Status, watch.Health.Reason, at, isStarting: watch.HasYetToStart && WatchedFor < StartTakes);

    private void Note(string subject, ComponentStatus status, string reason, DateTimeOffset at, bool isStarting)
    {
        var incident = _incidents.Observe(subject, at, status, reason, isStarting);
        if (incident is null)
        {
            return;
        }

        IncidentChanged?.Invoke(incident);
        if (incident.IsOpen)
        {
            LogNotHealthy(subject, status, incident.Severity, reason);
        }
        else
        {
            LogHealthyAgain(subject, incident.Duration(at).TotalSeconds, incident.Cause);
        }
    }

    private void Publish(DateTimeOffset at)
    {
        var snapshot = TakeSnapshot(at);
        Volatile.Write(ref _current, snapshot);
        foreach (var subscription in _subscriptions)
        {
            try
            {
                subscription.Tell(snapshot);
            }
            catch (Exception exception)
            {
                LogSubscriberFailed(exception);
            }
        }
    }

    private HealthSnapshot TakeSnapshot(DateTimeOffset at) =>
        new(at, _startedAt, [.. _watches.Select(watch => watch.Health)], _incidents.ListOpen());

    [LoggerMessage(EventId = 3001, Level = LogLevel.Warning, Message = "Component {ComponentId} is {Status} ({Severity}): {Reason}")]
    private partial void LogNotHealthy(string componentId, ComponentStatus status, IncidentSeverity severity, string reason);

    [LoggerMessage(EventId = 3002, Level = LogLevel.Information, Message = "Component {ComponentId} is healthy again after {DurationSeconds} s; it was: {Cause}")]
    private partial void LogHealthyAgain(string componentId, double durationSeconds, string cause);

    [LoggerMessage(EventId = 3003, Level = LogLevel.Error, Message = "A subscriber of the health feed failed")]
    private partial void LogSubscriberFailed(Exception exception);

    private sealed class Subscription(HealthMonitor monitor, Action<HealthSnapshot> onSnapshot) : IDisposable
    {
        private volatile bool _isEnded;

        public void Tell(HealthSnapshot snapshot)
        {
            if (!_isEnded)
            {
                onSnapshot(snapshot);
            }
        }

        public void Dispose()
        {
            _isEnded = true;
            ImmutableInterlocked.Update(ref monitor._subscriptions, static (all, ended) => all.Remove(ended), this);
        }
    }

    /// <summary>Stands where no probe is registered, so that the component is shown and says why nobody knows how it is.</summary>
    private sealed class MissingProbe(string componentId) : IComponentProbe
    {
        public string ComponentId => componentId;

        public string DisplayName => ComponentIds.NameOf(componentId);

        public Task<ProbeAnswer> ProbeAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new ProbeAnswer(ComponentStatus.Unknown, "It is not configured: nothing probes it."));
    }
}
