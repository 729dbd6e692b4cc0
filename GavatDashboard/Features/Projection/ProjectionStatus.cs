namespace GavatDashboard.Features.Projection;

/// <summary>How far a copy of the ledger has come.</summary>
public sealed record ProjectionStatus
{
    /// <summary>Who keeps the copy: <c>mongodb</c> or <c>redis</c>.</summary>
    public required string Consumer { get; init; }

    /// <summary>What it does now.</summary>
    public required ProjectionPhase Phase { get; init; }

    /// <summary>The place in the ledger's log up to which the copy holds everything.</summary>
    public long Cursor { get; init; }

    /// <summary>The end of the ledger's log when it was last looked at.</summary>
    public long Head { get; init; }

    /// <summary>Since when it is behind (UTC), or null where it is not.</summary>
    public DateTimeOffset? BehindSince { get; init; }

    /// <summary>When the copy was last known to hold all that the ledger held (UTC), or null where it never was.</summary>
    public DateTimeOffset? CaughtUpAt { get; init; }

    /// <summary>What went wrong last, for a person, while <see cref="Phase"/> is <see cref="ProjectionPhase.Waiting"/>; else null.</summary>
    public string? Error { get; init; }

    /// <summary>Since when it is in this phase (UTC).</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Events that are missing in the copy.</summary>
    public long LagEvents => Math.Max(0, Head - Cursor);

    /// <summary>How long it has been behind, in seconds; 0 where it is not.</summary>
    public double LagSeconds(DateTimeOffset now) => BehindSince is { } since ? Math.Max(0, (now - since).TotalSeconds) : 0;
}

/// <summary>What a projection does.</summary>
public enum ProjectionPhase
{
    /// <summary>Has not begun.</summary>
    Starting,

    /// <summary>Copies what is new.</summary>
    Following,

    /// <summary>Makes the copy anew from the whole ledger.</summary>
    Rebuilding,

    /// <summary>A store is out; it tries again.</summary>
    Waiting,
}

/// <summary>Tells how far the copies of the ledger have come.</summary>
public interface IProjectionStatus
{
    /// <summary>One line a copy. Cheap: it asks no store.</summary>
    IReadOnlyList<ProjectionStatus> Read();
}
