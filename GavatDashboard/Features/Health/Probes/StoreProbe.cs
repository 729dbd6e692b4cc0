using GavatDashboard.Domain.Health;

namespace GavatDashboard.Features.Health.Probes;

/// <summary>A store's probe: does it write and read, and can all of it be reached.</summary>
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

        var started = time.GetTimestamp();
        var reading = await _heartbeat.BeatAsync(cancellationToken);
        var latencyMs = reading.LatencyMs ?? time.GetElapsedTime(started).TotalMilliseconds;
        Dictionary<string, string> details = new(reading.Details, StringComparer.Ordinal) { [ComponentHealth.ProductDetail] = reading.Product };
        if (reading.StandIn is { } standIn)
        {
            details[ComponentHealth.StandInDetail] = standIn;
        }

        // After the heartbeat: its own words for an outage are the better ones. The check reaches every endpoint of the
        // connection, so it can fail where the heartbeat passed.
        var limitation = reading.Limitation
            ?? (await connections.FindFaultAsync(componentId, cancellationToken) is { } fault ? $"It works, but its connection check fails: {fault}" : null);
        return limitation is not null
            ? new ProbeAnswer(ComponentStatus.Degraded, AsSentence(limitation), details, latencyMs)
            : new ProbeAnswer(ComponentStatus.Healthy, reading.StandIn is null ? $"{what}." : $"{what} ({reading.StandIn}).", details, latencyMs);
    }

    private static string AsSentence(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..].TrimEnd('.')}.";
}
