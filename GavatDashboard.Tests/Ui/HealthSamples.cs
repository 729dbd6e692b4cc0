using GavatDashboard.Domain.Health;

namespace GavatDashboard.Tests.Ui;

/// <summary>Components and snapshots for tests of what shows them.</summary>
internal static class HealthSamples
{
    public static readonly DateTimeOffset Now = new(2026, 5, 29, 10, 15, 30, TimeSpan.Zero);

    public static ComponentHealth Component(string id, ComponentStatus status, double? latencyMs = 1.25) => new()
    {
        Id = id,
        DisplayName = ComponentIds.NameOf(id),
        Status = status,
        Reason = $"It is {status}.",
        LatencyMs = latencyMs,
        CheckedAt = Now,
        Latency = latencyMs is { } value ? LatencyStats.From([value], 0) : LatencyStats.None,
    };

    public static HealthSnapshot Snapshot(params (string Id, ComponentStatus Status)[] changed) => new(
        Now,
        Now.AddMinutes(-10),
        [.. ComponentIds.All.Select(id => Component(id, changed.Where(one => one.Id == id).Select(one => one.Status).DefaultIfEmpty(ComponentStatus.Healthy).First()))],
        []);
}
