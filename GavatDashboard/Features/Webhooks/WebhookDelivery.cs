namespace GavatDashboard.Features.Webhooks;

/// <summary>How far a delivery has come.</summary>
public enum DeliveryState
{
    /// <summary>It is to be sent, or sent again.</summary>
    Waiting,

    /// <summary>The endpoint has taken it.</summary>
    Delivered,

    /// <summary>It was tried for as often as is configured.</summary>
    GivenUp,
}

/// <summary>One thing that one endpoint is told. It is sent with the same id and the same body until it is taken.</summary>
public sealed record WebhookDelivery
{
    /// <summary>Identity.</summary>
    public required Guid Id { get; init; }

    /// <summary>Who is told, by the name of the endpoint.</summary>
    public required string Endpoint { get; init; }

    /// <summary>What it is about, one of the <see cref="WebhookEvents"/>.</summary>
    public required string Event { get; init; }

    /// <summary>Which incident, or null for a test.</summary>
    public Guid? IncidentId { get; init; }

    /// <summary>What is sent, as JSON.</summary>
    public required string Body { get; init; }

    /// <summary>When it was made (UTC).</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>How far it has come.</summary>
    public DeliveryState State { get; init; }

    /// <summary>How often it was sent.</summary>
    public int Attempts { get; init; }

    /// <summary>When it is due (UTC), while it waits.</summary>
    public DateTimeOffset DueAt { get; init; }

    /// <summary>When it was taken or given up (UTC), or null.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it was not taken the last time, for a person, or null.</summary>
    public string? Problem { get; init; }

    /// <summary>The delivery after it was sent once more.</summary>
    /// <param name="answer">What came of it.</param>
    /// <param name="now">When (UTC).</param>
    /// <param name="options">How often it is tried.</param>
    internal WebhookDelivery After(WebhookAnswer answer, DateTimeOffset now, WebhookOptions options)
    {
        var sent = this with { Attempts = Attempts + 1, Problem = answer.Problem };
        if (answer.IsTaken)
        {
            return sent with { State = DeliveryState.Delivered, EndedAt = now };
        }

        if (sent.Attempts >= options.MaxAttempts)
        {
            return sent with { State = DeliveryState.GivenUp, EndedAt = now };
        }

        var pause = options.RetryAfter(sent.Attempts);
        var asked = answer.RetryAfter is { } wish ? TimeSpan.FromSeconds(Math.Min(wish.TotalSeconds, options.LongestRetrySeconds)) : TimeSpan.Zero;
        return sent with { DueAt = now + (asked > pause ? asked : pause) };
    }
}

/// <summary>What came of sending once.</summary>
/// <param name="Problem">Why it was not taken, for a person; null where it was.</param>
/// <param name="RetryAfter">How long the endpoint wants to be left alone, or null.</param>
internal sealed record WebhookAnswer(string? Problem, TimeSpan? RetryAfter = null)
{
    /// <summary>Whether it was taken.</summary>
    public bool IsTaken => Problem is null;
}
