using System.Text.Json.Serialization;

namespace GavatDashboard.Domain.Health;

/// <summary>An incident with what people did about it.</summary>
/// <param name="Incident">The incident.</param>
/// <param name="Acknowledgement">Who has taken it up, or null.</param>
/// <param name="Notes">What people wrote down, the oldest first.</param>
public sealed record IncidentCase(Incident Incident, IncidentAcknowledgement? Acknowledgement, IReadOnlyList<IncidentNote> Notes)
{
    /// <summary>The longest note, in characters.</summary>
    public const int MaxNoteLength = 2_000;

    /// <summary>How it stands.</summary>
    public IncidentState State => !Incident.IsOpen ? IncidentState.Closed : Acknowledgement is null ? IncidentState.Open : IncidentState.Acknowledged;
}

/// <summary>How an incident stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<IncidentState>))]
public enum IncidentState
{
    /// <summary>It goes on, and nobody has taken it up.</summary>
    Open,

    /// <summary>It goes on, and somebody has taken it up.</summary>
    Acknowledged,

    /// <summary>It is over.</summary>
    Closed,
}

/// <summary>Somebody has taken an incident up.</summary>
/// <param name="Actor">Who.</param>
/// <param name="At">When (UTC).</param>
public sealed record IncidentAcknowledgement(string Actor, DateTimeOffset At);

/// <summary>What somebody wrote down about an incident.</summary>
/// <param name="Id">Identity.</param>
/// <param name="At">When (UTC).</param>
/// <param name="Actor">Who.</param>
/// <param name="Text">The words, at most <see cref="IncidentCase.MaxNoteLength"/> characters.</param>
public sealed record IncidentNote(Guid Id, DateTimeOffset At, string Actor, string Text);

/// <summary>Which incidents to list; absent parts do not restrict.</summary>
/// <param name="Subject">About what, one of the <see cref="IncidentSubjects"/>.</param>
/// <param name="State">How they stand.</param>
/// <param name="Before">Only those that started before this instant (UTC), for the next page.</param>
/// <param name="Limit">1 to 1,000.</param>
public sealed record IncidentQuery(string? Subject = null, IncidentState? State = null, DateTimeOffset? Before = null, int Limit = 50);
