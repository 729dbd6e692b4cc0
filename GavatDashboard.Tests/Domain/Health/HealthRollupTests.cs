using CsCheck;
using GavatDashboard.Domain.Health;

namespace GavatDashboard.Tests.Domain.Health;

public sealed class HealthRollupTests
{
    [Fact]
    public void Of_AllHealthy_ReadsSevenOfSeven()
    {
        var rollup = HealthRollup.Of(ComponentIds.All.Select(id => (id, ComponentStatus.Healthy)));

        Assert.Equal("7/7, 100 %", rollup.Headline);
        Assert.Equal(ComponentStatus.Healthy, rollup.Status);
    }

    [Fact]
    public void Of_RedisDown_IsDegradedSixOfSeven()
    {
        var rollup = Of((ComponentIds.Redis, ComponentStatus.Unhealthy));

        Assert.Equal("6/7, 86 %", rollup.Headline);
        Assert.Equal(ComponentStatus.Degraded, rollup.Status);
    }

    [Fact]
    public void Of_CoinServiceDown_IsUnhealthy() =>
        Assert.Equal(ComponentStatus.Unhealthy, Of((ComponentIds.CoinService, ComponentStatus.Unhealthy)).Status);

    [Fact]
    public void Of_NothingProbedYet_IsUnknown()
    {
        var rollup = HealthRollup.Of(ComponentIds.All.Select(id => (id, ComponentStatus.Unknown)));

        Assert.Equal("0/7, 0 %", rollup.Headline);
        Assert.Equal(ComponentStatus.Unknown, rollup.Status);
    }

    [Fact]
    public void Of_AnyStatuses_NeverPaintsAnOutageHealthy() =>
        Gen.Enum<ComponentStatus>().Array[1, 300].Sample(statuses =>
        {
            var rollup = HealthRollup.Of(statuses.Select((status, index) => ($"component-{index}", status)));

            var isAllHealthy = statuses.All(status => status == ComponentStatus.Healthy);
            Assert.Equal(isAllHealthy, rollup.Status == ComponentStatus.Healthy);
            Assert.Equal(isAllHealthy, rollup.Percent == 100);
            Assert.Equal(statuses.Count(status => status == ComponentStatus.Healthy), rollup.Healthy);
            Assert.Equal(statuses.Length, rollup.Total);
        });

    private static HealthRollup Of(params (string Id, ComponentStatus Status)[] others) =>
        HealthRollup.Of(ComponentIds.All.Select(id => (id, others.FirstOrDefault(other => other.Id == id) is { Id: not null } other ? other.Status : ComponentStatus.Healthy)));
}
