using GavatDashboard.Domain.Health;

namespace GavatDashboard.Tests.Domain.Health;

public sealed class HealthSnapshotTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void AsOf_SampleOfThreeIntervalsAndATimeout_StillCounts() =>
        Assert.Equal(ComponentStatus.Healthy, Snapshot().AsOf(Noon.AddSeconds(17), TimeSpan.FromSeconds(17)).Components[0].Status);

    [Fact]
    public void AsOf_AClockThatJumped_StillCounts() =>
        Assert.Equal(ComponentStatus.Healthy, Snapshot().AsOf(Noon.AddHours(26), TimeSpan.FromSeconds(1)).Components[0].Status);

    [Fact]
    public void AsOf_OlderSample_IsUnknownAndSaysSo()
    {
        var late = Snapshot().AsOf(Noon.AddSeconds(18), TimeSpan.FromSeconds(18));

        var component = late.Components[0];
        Assert.Equal(ComponentStatus.Unknown, component.Status);
        Assert.True(component.IsStale);
        Assert.Equal("No sample for 18 s; it is probed every 5 s. It was healthy: written and read", component.Reason);
        Assert.Equal(Noon, component.CheckedAt);
        Assert.Equal(0, late.Rollup.Healthy);
    }

    [Fact]
    public void AsOf_StaleTwice_KeepsTheFirstReason()
    {
        var late = Snapshot().AsOf(Noon.AddSeconds(18), TimeSpan.FromSeconds(18));

        Assert.Same(late, late.AsOf(Noon.AddSeconds(60), TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void AsOf_NeverProbed_StaysUnknown()
    {
        var snapshot = new HealthSnapshot(Noon, Noon, [new ComponentHealth { Id = ComponentIds.Redis, DisplayName = "Redis" }], []);

        var component = snapshot.AsOf(Noon.AddHours(1), TimeSpan.FromHours(1)).Components[0];

        Assert.Equal(ComponentStatus.Unknown, component.Status);
        Assert.Equal("It has not been probed yet.", component.Reason);
    }

    [Theory]
    [InlineData(ComponentIds.PostgreSql, 5)]
    [InlineData(ComponentIds.Redis, 1)]
    [InlineData(ComponentIds.MongoDb, 10)]
    [InlineData(ComponentIds.Sqlite, 3)]
    public void Target_OfAStore_IsTheReports(string componentId, double maxMs)
    {
        var target = LatencyTarget.Of(componentId)!;

        Assert.Equal(maxMs, target.MaxMs);
        Assert.True(target.IsMetBy(LatencyStats.From([maxMs - 0.1], 0)));
        Assert.False(target.IsMetBy(LatencyStats.From([maxMs], 0)));
        Assert.Null(target.IsMetBy(LatencyStats.None));
    }

    private static HealthSnapshot Snapshot() => new(
        Noon,
        Noon,
        [
            new ComponentHealth
            {
                Id = ComponentIds.PostgreSql,
                DisplayName = "PostgreSQL",
                Status = ComponentStatus.Healthy,
                Reason = "written and read",
                CheckedAt = Noon,
                Interval = TimeSpan.FromSeconds(5),
                Timeout = TimeSpan.FromSeconds(2),
            },
        ],
        []);
}
