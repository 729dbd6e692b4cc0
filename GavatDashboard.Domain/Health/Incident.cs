namespace GavatDashboard.Domain.Health;

/// <summary>How bad an incident is.</summary>
public enum IncidentSeverity
{
    /// <summary>A limitation, or nobody knows.</summary>
    Minor,

    /// <summary>A component that others can do without does not do its work.</summary>
    Major,

    /// <summary>Coins may not move: the ledger or the coin service does not do its work.</summary>
    Critical,
}

/// <summary>A change of status in an incident.</summary>
/// <param name="At">When it was seen (UTC).</param>
/// <param name="Status">The new status.</param>
/// <param name="Reason">Why, for a person.</param>
public sealed record IncidentChange(DateTimeOffset At, ComponentStatus Status, string Reason);

/// <summary>The time in which a component was not healthy.</summary>
public sealed record Incident
{
    /// <summary>The most changes kept of one incident; of the later ones only the end is.</summary>
    public const int MaxChanges = 200;

    /// <summary>Identity.</summary>
    public required Guid Id { get; init; }

    /// <summary>One of <see cref="ComponentIds"/>, or another of the <see cref="IncidentSubjects"/>.</summary>
    public required string ComponentId { get; init; }

    /// <summary>When the component was first seen not healthy (UTC).</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it was seen healthy again (UTC); null while it is not.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The worst it came to.</summary>
    public required IncidentSeverity Severity { get; init; }

    /// <summary>The reason it began with; the first outage's where it began with less than one.</summary>
    public required string Cause { get; init; }

    /// <summary>The changes of status, the oldest first; at least one.</summary>
    public required IReadOnlyList<IncidentChange> Timeline { get; init; }

    /// <summary>Whether it goes on.</summary>
    public bool IsOpen => EndedAt is null;

    /// <summary>How long it took, or has taken by now.</summary>
    public TimeSpan Duration(DateTimeOffset now) => (EndedAt ?? now) - StartedAt;

    /// <summary>Opens an incident.</summary>
    /// <exception cref="ArgumentException">The component is healthy.</exception>
    public static Incident Open(Guid id, string componentId, IncidentChange first) => first.Status == ComponentStatus.Healthy
        ? throw new ArgumentException("A healthy component opens no incident.", nameof(first))
        : new Incident
        {
            Id = id,
            ComponentId = componentId,
            StartedAt = first.At,
            Severity = SeverityOf(componentId, first.Status),
            Cause = first.Reason,
            Timeline = [first],
        };

    /// <summary>The incident after another sample: the same one where the status is as it was, closed where it is healthy.</summary>
    /// <exception cref="InvalidOperationException">It has ended.</exception>
    public Incident Next(IncidentChange change)
    {
        if (!IsOpen)
        {
            throw new InvalidOperationException("The incident has ended.");
        }

        if (Timeline[^1].Status == change.Status)
        {
            return this;
        }

        var isOver = change.Status == ComponentStatus.Healthy;
        var severity = isOver ? IncidentSeverity.Minor : SeverityOf(ComponentId, change.Status);
        return this with
        {
            EndedAt = isOver ? change.At : null,
            Severity = severity > Severity ? severity : Severity,
            Cause = severity > Severity && Severity == IncidentSeverity.Minor ? change.Reason : Cause,
            Timeline = isOver || Timeline.Count < MaxChanges ? [.. Timeline, change] : Timeline,
        };
    }

    /// <summary>How bad a status of a component is.</summary>
    public static IncidentSeverity SeverityOf(string componentId, ComponentStatus status) => status != ComponentStatus.Unhealthy
        ? IncidentSeverity.Minor
        : IncidentSubjects.IsLedger(componentId) ? IncidentSeverity.Critical : IncidentSeverity.Major;
}
