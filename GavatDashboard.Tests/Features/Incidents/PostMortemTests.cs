using GavatDashboard.Domain.Failover;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Incidents;

namespace GavatDashboard.Tests.Features.Incidents;

public sealed class PostMortemTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 29, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void ToMarkdown_OfAnIncidentThatIsOver_TellsAllOfItAndKeepsForeignWordsHarmless()
    {
        var incident = Incident.Open(Guid.NewGuid(), ComponentIds.PostgreSql, new(Start, ComponentStatus.Unhealthy, "refused | <b>loudly</b>"))
            .Next(new(Start.AddMinutes(2), ComponentStatus.Healthy, "back"));
        var known = new IncidentCase(incident, new("user:ada", Start.AddSeconds(30)), [new(Guid.NewGuid(), Start.AddMinutes(1), "user:ada", "# restarted\nit")]);
        LatencyBucket[] minutes = [new(Start, new() { Count = 2, Failures = 10 }, ComponentStatus.Unhealthy), new(Start.AddMinutes(9), new() { Count = 12 }, ComponentStatus.Healthy)];

        var post = PostMortem.Of(known, minutes, [new(Start.AddSeconds(2), FailoverState.Suspect, FailoverState.Promoting, "gone")], Start.AddHours(1));
        var text = post.ToMarkdown();

        Assert.Equal((IncidentState.Closed, 120, 12, 10), (post.State, post.DurationSeconds, post.Probes, post.FailedProbes));
        Assert.Contains("# PostgreSQL: refused \\| &lt;b>loudly&lt;/b>", text, StringComparison.Ordinal);
        Assert.Contains("| 2026-05-29 10:02:00 | healthy | back |", text, StringComparison.Ordinal);
        Assert.Contains("- 2026-05-29 10:01:00, user:ada: \\# restarted it", text, StringComparison.Ordinal);
        Assert.Contains("| 2026-05-29 10:00:02 | suspect | promoting | gone |", text, StringComparison.Ordinal);
        Assert.Contains("user:ada, 2026-05-29 10:00:30", text, StringComparison.Ordinal);
    }
}
