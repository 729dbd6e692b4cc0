namespace GavatDashboard.Domain.Analysis;

/// <summary>Whom a batch analyses.</summary>
public enum BatchKind
{
    /// <summary>Those who changed, and once a day everybody whose profile changes with time alone.</summary>
    Incremental,

    /// <summary>Everybody.</summary>
    Full,
}

/// <summary>How a batch stands.</summary>
public enum BatchState
{
    /// <summary>It runs, or waits to be taken up again after a restart.</summary>
    Running,

    /// <summary>It went through.</summary>
    Done,

    /// <summary>Somebody cancelled it.</summary>
    Cancelled,
}

/// <summary>An analysis of many users, and how far it has come.</summary>
public sealed record AnalysisBatch
{
    /// <summary>Identity.</summary>
    public required Guid Id { get; init; }

    /// <summary>Whom it analyses.</summary>
    public required BatchKind Kind { get; init; }

    /// <summary>How it stands.</summary>
    public required BatchState State { get; init; }

    /// <summary>Who started it.</summary>
    public required string Actor { get; init; }

    /// <summary>When it started (UTC).</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended (UTC), or null.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The last user that was analysed; empty before the first.</summary>
    public string AfterUserId { get; init; } = "";

    /// <summary>Users who were due when it started.</summary>
    public long Total { get; init; }

    /// <summary>Users analysed so far.</summary>
    public long Done { get; init; }

    /// <summary>Changes of segment or risk found so far.</summary>
    public long Changed { get; init; }
}
