namespace GavatDashboard.Domain.Health;

/// <summary>What happened to an incident that those outside want to hear of.</summary>
public enum IncidentNews
{
    /// <summary>It began.</summary>
    Opened,

    /// <summary>It goes on with another status or another severity.</summary>
    Changed,

    /// <summary>Somebody has taken it up.</summary>
    Acknowledged,

    /// <summary>It is over.</summary>
    Closed,
}

/// <summary>Tells what is new about an incident.</summary>
public static class IncidentChanges
{
    /// <summary>What is new in an incident against what was kept of it, in the order in which it happened.</summary>
    /// <param name="before">What was kept, or null where it is new.</param>
    /// <param name="after">The incident now.</param>
    public static IReadOnlyList<IncidentNews> Since(Incident? before, Incident after)
    {
        ArgumentNullException.ThrowIfNull(after);
        return (before, after) switch
        {
            // It may have come and gone before it was written down.
            (null, { IsOpen: false }) => [IncidentNews.Opened, IncidentNews.Closed],
            (null, _) => [IncidentNews.Opened],
            ({ IsOpen: true }, { IsOpen: false }) => [IncidentNews.Closed],
            ({ IsOpen: true }, _) when after.Severity != before.Severity || after.Timeline[^1].Status != before.Timeline[^1].Status => [IncidentNews.Changed],
            _ => [],
        };
    }
}
