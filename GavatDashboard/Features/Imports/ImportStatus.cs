namespace GavatDashboard.Features.Imports;

/// <summary>The kind of file.</summary>
public enum ImportFormat
{
    /// <summary>Purchases: the CDNOW sample or the full file.</summary>
    Cdnow,

    /// <summary>The ledger's history with named columns.</summary>
    Csv,
}

/// <summary>Where an import stands.</summary>
public enum ImportState
{
    /// <summary>It waits for its turn or runs.</summary>
    Running,

    /// <summary>Every line was handled.</summary>
    Completed,

    /// <summary>It could not go on; the error says why.</summary>
    Failed,

    /// <summary>Somebody ended it.</summary>
    Cancelled,
}

/// <summary>A line that posted nothing.</summary>
/// <param name="Line">Its number in the file, from 1.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record RejectedLine(long Line, string Reason);

/// <summary>An import as it stood at one moment.</summary>
public sealed record ImportStatus
{
    /// <summary>Identity.</summary>
    public required string Id { get; init; }

    /// <summary>Where it stands.</summary>
    public required ImportState State { get; init; }

    /// <summary>The kind of file.</summary>
    public required ImportFormat Format { get; init; }

    /// <summary>The file's name as it was given, or null.</summary>
    public string? FileName { get; init; }

    /// <summary>The file's size, in bytes.</summary>
    public long FileBytes { get; init; }

    /// <summary>Who sent it.</summary>
    public required string Actor { get; init; }

    /// <summary>When it was sent (UTC).</summary>
    public required DateTimeOffset SubmittedAt { get; init; }

    /// <summary>When it ended (UTC), or null.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Lines of the file, blank ones and the header left out.</summary>
    public long TotalLines { get; init; }

    /// <summary>Lines that have been handled.</summary>
    public long ProcessedLines { get; init; }

    /// <summary>Lines of which at least one entry was posted now.</summary>
    public long ImportedPurchases { get; init; }

    /// <summary>Entries that were posted now.</summary>
    public long Entries { get; init; }

    /// <summary>Users who were created now.</summary>
    public long UsersCreated { get; init; }

    /// <summary>Lines whose entries an earlier import had posted.</summary>
    public long Duplicates { get; init; }

    /// <summary>All lines that posted nothing because something is wrong with them.</summary>
    public long RejectedLines { get; init; }

    /// <summary>Those lines by ascending number; of very many, the first to be found.</summary>
    public IReadOnlyList<RejectedLine> Rejected { get; init; } = [];

    /// <summary>Lines handled a second, from the import's start to its end or now.</summary>
    public double LinesPerSecond { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public string? Error { get; init; }
}
