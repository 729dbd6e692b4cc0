using CsCheck;
using GavatDashboard.Domain.Health;

namespace GavatDashboard.Tests.Domain.Health;

public sealed class IncidentLogTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Observe_LeavesHealthyAndReturns_OpensAndClosesOneIncident()
    {
        var log = new IncidentLog();
        Assert.Null(log.Observe(ComponentIds.Redis, Noon, ComponentStatus.Healthy, "fine"));

        var opened = log.Observe(ComponentIds.Redis, Noon.AddSeconds(5), ComponentStatus.Degraded, "slow")!;
        var worse = log.Observe(ComponentIds.Redis, Noon.AddSeconds(10), ComponentStatus.Unhealthy, "refused")!;
        Assert.Null(log.Observe(ComponentIds.Redis, Noon.AddSeconds(15), ComponentStatus.Unhealthy, "refused again"));
        var closed = log.Observe(ComponentIds.Redis, Noon.AddSeconds(20), ComponentStatus.Healthy, "fine")!;

        Assert.Equal((opened.Id, opened.Id), (worse.Id, closed.Id));
        Assert.Equal(IncidentSeverity.Minor, opened.Severity);
        Assert.Equal(IncidentSeverity.Major, closed.Severity);
        Assert.Equal("refused", closed.Cause);
        Assert.Equal(Noon.AddSeconds(20), closed.EndedAt);
        Assert.Equal(TimeSpan.FromSeconds(15), closed.Duration(Noon.AddHours(1)));
        Assert.Equal(
            [ComponentStatus.Degraded, ComponentStatus.Unhealthy, ComponentStatus.Healthy], closed.Timeline.Select(change => change.Status));
        Assert.Empty(log.ListOpen());
        Assert.Equal([closed], log.List(ComponentIds.Redis, 10));
    }

    [Theory]
    [InlineData(ComponentStatus.Unknown, false)]
    [InlineData(ComponentStatus.Degraded, false)]
    [InlineData(ComponentStatus.Unhealthy, true)]
    public void Observe_WhileItStarts_OpensOnlyForAFailure(ComponentStatus status, bool opens) =>
        Assert.Equal(opens, new IncidentLog().Observe(ComponentIds.MongoDb, Noon, status, "a copy is made", isStarting: true) is not null);

    [Fact]
    public void Observe_WhileItStarts_GoesOnWithWhatWasOpen()
    {
        var log = new IncidentLog();
        var before = log.Observe(ComponentIds.MongoDb, Noon, ComponentStatus.Unhealthy, "gone")!;

        Assert.Equal(before.Id, log.Observe(ComponentIds.MongoDb, Noon.AddSeconds(9), ComponentStatus.Degraded, "a copy is made", isStarting: true)!.Id);
    }

    [Fact]
    public void Observe_LedgerUnhealthy_IsCritical() =>
        Assert.Equal(IncidentSeverity.Critical, new IncidentLog().Observe(ComponentIds.PostgreSql, Noon, ComponentStatus.Unhealthy, "gone")!.Severity);

    [Fact]
    public void Observe_MoreThanItHolds_ForgetsTheOldestEnded()
    {
        var log = new IncidentLog(maxEnded: 2);
        for (var i = 0; i < 5; i++)
        {
            log.Observe(ComponentIds.Redis, Noon.AddSeconds(2 * i), ComponentStatus.Unhealthy, $"outage {i}");
            log.Observe(ComponentIds.Redis, Noon.AddSeconds((2 * i) + 1), ComponentStatus.Healthy, "fine");
        }

        Assert.Equal(["outage 4", "outage 3"], log.List(null, 10).Select(incident => incident.Cause));
    }

    [Fact]
    public void Observe_FlapsForLong_BoundsTheTimelineAndKeepsTheEnd()
    {
        var log = new IncidentLog();
        for (var i = 0; i < 3 * Incident.MaxChanges; i++)
        {
            log.Observe(ComponentIds.Redis, Noon.AddSeconds(i), i % 2 == 0 ? ComponentStatus.Unhealthy : ComponentStatus.Degraded, "flap");
        }

        var closed = log.Observe(ComponentIds.Redis, Noon.AddHours(1), ComponentStatus.Healthy, "fine")!;

        Assert.Equal(Incident.MaxChanges + 1, closed.Timeline.Count);
        Assert.Equal(ComponentStatus.Healthy, closed.Timeline[^1].Status);
    }

    [Fact]
    public void Observe_AnySamples_IncidentsCoverExactlyTheTimeNotHealthy() =>
        Gen.Enum<ComponentStatus>().Array[1, 100].Sample(statuses =>
        {
            var log = new IncidentLog();
            for (var i = 0; i < statuses.Length; i++)
            {
                log.Observe(ComponentIds.Sqlite, Noon.AddSeconds(i), statuses[i], statuses[i].ToString());
            }

            var incidents = log.List(null, 1_000);
            for (var i = 0; i < statuses.Length; i++)
            {
                var at = Noon.AddSeconds(i);
                var covering = incidents.Count(incident => incident.StartedAt <= at && (incident.EndedAt is null || incident.EndedAt > at));
                Assert.Equal(statuses[i] == ComponentStatus.Healthy ? 0 : 1, covering);
            }

            Assert.Equal(statuses[^1] == ComponentStatus.Healthy ? 0 : 1, log.ListOpen().Count);
        });

    [Fact]
    public void Open_Healthy_Throws() =>
        Assert.Throws<ArgumentException>(() => Incident.Open(Guid.NewGuid(), ComponentIds.Redis, new IncidentChange(Noon, ComponentStatus.Healthy, "fine")));
}
