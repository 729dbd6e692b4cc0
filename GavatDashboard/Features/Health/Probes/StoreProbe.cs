using GavatDashboard.Domain.Health;

namespace GavatDashboard.Features.Health.Probes;

/// <summary>A store's probe: can it be reached, and does it write and read.</summary>
internal sealed class StoreProbe(
    string componentId, string what, IEnumerable<IStoreHeartbeat> heartbeats, ConnectionChecks connections, TimeProvider time)
    : IComponentProbe
{
    private readonly IStoreHeartbeat? _heartbeat = heartbeats.LastOrDefault(heartbeat => heartbeat.ComponentId == componentId);

    /// <inheritdoc />
    public string ComponentId => componentId;

    /// <inheritdoc />
    public string DisplayName => ComponentIds.NameOf(componentId);

    /// <inheritdoc />
    public async Task<ProbeAnswer> ProbeAsync(CancellationToken cancellationToken)
    {
        if (_heartbeat is null)
        {
            return new ProbeAnswer(ComponentStatus.Unknown, "It is not configured: no store is connected here.");
        }

        if (await connections.FindFaultAsync(componentId, cancellationToken) is { } fault)
        {
            return new ProbeAnswer(ComponentStatus.Unhealthy, fault);
        }

        var started = time.GetTimestamp();
        var reading = await _heartbeat.BeatAsync(cancellationToken);
        var latencyMs = reading.LatencyMs ?? time.GetElapsedTime(started).TotalMilliseconds;
        Dictionary<string, string> details = new(reading.Details, StringComparer.Ordinal) { [ComponentHealth.ProductDetail] = reading.Product };
        if (reading.StandIn is { } standIn)
        {
            details[ComponentHealth.StandInDetail] = standIn;
        }

        return reading.Limitation is { } limitation
            ? new ProbeAnswer(ComponentStatus.Degraded, limitation, details, latencyMs)
            : new ProbeAnswer(ComponentStatus.Healthy, reading.StandIn is null ? $"{what}." : $"{what} ({reading.StandIn}).", details, latencyMs);
    }
}
