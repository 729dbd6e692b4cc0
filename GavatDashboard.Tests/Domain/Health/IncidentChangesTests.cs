using GavatDashboard.Domain.Health;

namespace GavatDashboard.Tests.Domain.Health;

public sealed class IncidentChangesTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 29, 3, 0, 0, TimeSpan.Zero);
    private static readonly Incident Degraded = Incident.Open(Guid.NewGuid(), ComponentIds.Redis, new(Start, ComponentStatus.Degraded, "slow"));
    private static readonly Incident Down = Degraded.Next(new(Start.AddMinutes(1), ComponentStatus.Unhealthy, "gone"));
    private static readonly Incident Over = Down.Next(new(Start.AddMinutes(2), ComponentStatus.Healthy, "back"));

    [Fact]
    public void Since_EachStep_TellsWhatIsNew()
    {
        Assert.Equal([IncidentNews.Opened], IncidentChanges.Since(null, Degraded));
        Assert.Equal([IncidentNews.Changed], IncidentChanges.Since(Degraded, Down));
        Assert.Equal([IncidentNews.Closed], IncidentChanges.Since(Down, Over));
    }

    [Fact]
    public void Since_StepsThatWereNotKept_TellsBeginningAndEnd() => Assert.Equal([IncidentNews.Opened, IncidentNews.Closed], IncidentChanges.Since(null, Over));

    [Fact]
    public void Since_NothingNew_IsSilent()
    {
        Assert.Empty(IncidentChanges.Since(Down, Down));
        Assert.Empty(IncidentChanges.Since(Over, Over));
    }
}
