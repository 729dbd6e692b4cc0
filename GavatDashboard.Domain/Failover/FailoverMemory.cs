namespace GavatDashboard.Domain.Failover;

/// <summary>All that the machine remembers. Times are readings of one monotonic clock.</summary>
public sealed record FailoverMemory
{
    /// <summary>The state.</summary>
    public FailoverState State { get; init; }

    /// <summary>Why, for a person.</summary>
    public string Reason { get; init; } = "The application has just started.";

    /// <summary>When the state was entered.</summary>
    public TimeSpan Since { get; init; }

    /// <summary>Whether it moves only when a person asks.</summary>
    public bool IsPaused { get; init; }

    /// <summary>Whether a person moved writes to the fallback: they stay there until a person asks for the way back.</summary>
    public bool IsHeld { get; init; }

    /// <summary>Failed probes in a row.</summary>
    public int BadProbes { get; init; }

    /// <summary>When the first of them failed.</summary>
    public TimeSpan FirstBadAt { get; init; }

    /// <summary>Batches in a row that failed on a primary whose probes are good, as on a disk that has no room left but for a small row.</summary>
    public int BadWrites { get; init; }

    /// <summary>When the first of them failed.</summary>
    public TimeSpan FirstBadWriteAt { get; init; }

    /// <summary>When the last of them failed.</summary>
    public TimeSpan LastBadWriteAt { get; init; }

    /// <summary>Good probes in a row.</summary>
    public int GoodProbes { get; init; }

    /// <summary>When the first of them succeeded.</summary>
    public TimeSpan FirstGoodAt { get; init; }

    /// <summary>The least stay on the fallback as it stands; zero before the first failover.</summary>
    public TimeSpan Stay { get; init; }

    /// <summary>When the primary was last taken back; null where it never was.</summary>
    public TimeSpan? ReturnedAt { get; init; }
}

/// <summary>What became of an event.</summary>
/// <param name="Memory">What the machine remembers now; to be persisted before anything is done.</param>
/// <param name="Effects">What to do, in this order.</param>
public sealed record FailoverStep(FailoverMemory Memory, IReadOnlyList<FailoverEffect> Effects);
