using GavatDashboard.Domain.Health;

namespace GavatDashboard.Features.Health;

/// <summary>What the monitor knows of one component. Only the monitor writes to it, one sample at a time.</summary>
internal sealed class ComponentWatch
{
    private static readonly TimeSpan StatsWindow = TimeSpan.FromMinutes(15);
    private readonly int _sparklineSamples;
    private long _samples;
    private long _samplesUp;

    public ComponentWatch(IComponentProbe probe, HealthOptions options)
    {
        Probe = probe;
        _sparklineSamples = options.SparklineSamples;
        Health = new ComponentHealth
        {
            Id = probe.ComponentId,
            DisplayName = probe.DisplayName,
            Interval = options.IntervalOf(probe.ComponentId),
            Timeout = TimeSpan.FromSeconds(options.TimeoutSeconds),
        };
    }

    public IComponentProbe Probe { get; }

    public LatencyHistory History { get; } = new();

    /// <summary>How the component is, by its last sample.</summary>
    public ComponentHealth Health { get; private set; }

    /// <summary>Whether it has not been healthy yet since the application started: what is not ready yet may just be starting.</summary>
    public bool HasYetToStart => Health.LastSuccessAt is null;

    /// <summary>Takes a sample in.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="watchedFor">How long the watching has gone on, by a clock that never jumps.</param>
    public void Take(ProbeResult sample, TimeSpan watchedFor)
    {
        var isUp = sample.Status is ComponentStatus.Healthy or ComponentStatus.Degraded;
        _samples++;
        _samplesUp += isUp ? 1 : 0;
        // How long a failure took says how long the timeout is, not how quick the component is.
        History.Add(new LatencyPoint(sample.CheckedAt, isUp ? sample.LatencyMs : null, sample.Status));
        Health = Health with
        {
            Status = sample.Status,
            Reason = sample.Reason,
            LatencyMs = sample.LatencyMs,
            CheckedAt = sample.CheckedAt,
            CheckedAfter = watchedFor,
            IsStale = false,
            LastSuccessAt = sample.Status == ComponentStatus.Healthy ? sample.CheckedAt : Health.LastSuccessAt,
            StatusSince = sample.Status == Health.Status && !Health.IsStale ? Health.StatusSince ?? sample.CheckedAt : sample.CheckedAt,
            // An outage knows no figures; the last known ones say what the component is.
            Details = sample.Details.Count > 0 || isUp ? sample.Details : Health.Details,
            Latency = History.ReadStats(sample.CheckedAt - StatsWindow),
            Sparkline = History.ReadLast(_sparklineSamples),
            UptimePercent = Math.Floor(10_000.0 * _samplesUp / _samples) / 100,
        };
    }

    /// <summary>Marks the component unknown where its last sample is too old.</summary>
    /// <returns>Whether it was marked now.</returns>
    public bool MarkStale(TimeSpan watchedFor)
    {
        var before = Health;
        Health = before.AsOf(watchedFor);
        return !ReferenceEquals(before, Health);
    }
}
