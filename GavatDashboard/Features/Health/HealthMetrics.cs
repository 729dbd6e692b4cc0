using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using GavatDashboard.Domain.Health;

namespace GavatDashboard.Features.Health;

/// <summary>Figures about the components for monitoring systems.</summary>
internal sealed class HealthMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "GavatDashboard.Health";

    private readonly ConcurrentDictionary<string, ComponentStatus> _statuses = new(StringComparer.Ordinal);
    private readonly Meter _meter;
    private readonly Histogram<double> _latency;
    private readonly Counter<long> _probes;

    public HealthMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _meter.CreateObservableGauge(
            "gavat.component.up",
            () => _statuses.Select(pair => new Measurement<int>(pair.Value is ComponentStatus.Healthy or ComponentStatus.Degraded ? 1 : 0, Tag(pair.Key))),
            description: "1 where a component does its work (healthy or degraded), 0 where it does not or nobody knows.");
        _meter.CreateObservableGauge(
            "gavat.component.healthy",
            () => _statuses.Select(pair => new Measurement<int>(pair.Value == ComponentStatus.Healthy ? 1 : 0, Tag(pair.Key))),
            description: "1 where a component is healthy without a limitation.");
        _latency = _meter.CreateHistogram(
            "gavat.probe.duration",
            unit: "s",
            description: "How long probes took that were answered.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
            });
        _probes = _meter.CreateCounter<long>("gavat.probes", description: "Probes by component and status.");
    }

    /// <summary>Takes a sample in.</summary>
    public void Record(ProbeResult sample)
    {
        RecordStatus(sample.ComponentId, sample.Status);
        _probes.Add(1, Tag(sample.ComponentId), new KeyValuePair<string, object?>("status", sample.Status.ToContract()));
        if (sample is { LatencyMs: { } latencyMs, Status: ComponentStatus.Healthy or ComponentStatus.Degraded })
        {
            _latency.Record(latencyMs / 1_000, Tag(sample.ComponentId));
        }
    }

    /// <summary>Notes a status that no sample brought, such as unknown after silence.</summary>
    public void RecordStatus(string componentId, ComponentStatus status) => _statuses[componentId] = status;

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Tag(string componentId) => new("component", componentId);
}
