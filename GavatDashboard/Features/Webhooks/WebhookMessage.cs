using System.Text.Json;
using System.Text.Json.Serialization;
using GavatDashboard.Domain.Health;

namespace GavatDashboard.Features.Webhooks;

/// <summary>The names of what is told. They are a contract: never rename one.</summary>
public static class WebhookEvents
{
    /// <summary>An admin tries an endpoint.</summary>
    public const string Test = "test";

    /// <summary>The name of a piece of news.</summary>
    public static string NameOf(IncidentNews news) => $"incident.{JsonNamingPolicy.CamelCase.ConvertName(news.ToString())}";
}

/// <summary>The body of a delivery. Its names are a contract: parts may be added, none renamed.</summary>
/// <param name="Id">The delivery's id, the same however often it is sent.</param>
/// <param name="Event">One of the <see cref="WebhookEvents"/>.</param>
/// <param name="At">When it happened (UTC).</param>
/// <param name="Instance">Which instance tells it.</param>
/// <param name="Incident">The incident; absent in a test.</param>
internal sealed record WebhookMessage(Guid Id, string Event, DateTimeOffset At, string Instance, WebhookIncident? Incident)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>As it is sent.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Options);
}

/// <summary>An incident as it is told.</summary>
/// <param name="Id">Identity.</param>
/// <param name="Url">Its page; absent where the application does not know its own address.</param>
/// <param name="Subject">What it is about: a component's id, or <c>reconciliation:</c> and a check.</param>
/// <param name="Name">The same for people.</param>
/// <param name="Severity"><c>minor</c>, <c>major</c> or <c>critical</c>.</param>
/// <param name="State"><c>open</c>, <c>acknowledged</c> or <c>closed</c>.</param>
/// <param name="Status">The status it came to last.</param>
/// <param name="Cause">Why it began.</param>
/// <param name="Reason">Why it has this status.</param>
/// <param name="StartedAt">When it began (UTC).</param>
/// <param name="EndedAt">When it ended (UTC); absent while it goes on.</param>
/// <param name="DurationSeconds">How long it took, or has taken so far.</param>
/// <param name="AcknowledgedBy">Who has taken it up; absent where nobody has.</param>
internal sealed record WebhookIncident(
    Guid Id, string? Url, string Subject, string Name, string Severity, string State, string Status, string Cause, string Reason,
    DateTimeOffset StartedAt, DateTimeOffset? EndedAt, double DurationSeconds, string? AcknowledgedBy)
{
    /// <summary>An incident at an instant.</summary>
    /// <param name="incident">The incident.</param>
    /// <param name="acknowledgement">Who has taken it up, or null.</param>
    /// <param name="address">Where the application is reached; empty where that is not known.</param>
    /// <param name="now">The instant (UTC).</param>
    public static WebhookIncident Of(Incident incident, IncidentAcknowledgement? acknowledgement, string address, DateTimeOffset now) => new(
        incident.Id,
        address.Length > 0 ? $"{address.TrimEnd('/')}/incidents/{incident.Id:D}" : null,
        incident.ComponentId,
        IncidentSubjects.NameOf(incident.ComponentId),
        Lower(incident.Severity),
        Lower(new IncidentCase(incident, acknowledgement, []).State),
        incident.Timeline[^1].Status.ToContract(),
        incident.Cause,
        incident.Timeline[^1].Reason,
        incident.StartedAt,
        incident.EndedAt,
        Math.Round(incident.Duration(now).TotalSeconds, 1),
        acknowledgement?.Actor);

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
