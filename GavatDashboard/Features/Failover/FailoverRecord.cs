using GavatDashboard.Domain.Failover;

namespace GavatDashboard.Features.Failover;

/// <summary>All that the coordinator knows after a restart; written before it acts.</summary>
internal sealed record FailoverRecord
{
    /// <summary>This instance, for as long as its data folder lives.</summary>
    public required string Instance { get; init; }

    /// <summary>What the machine remembers.</summary>
    public FailoverMemory Memory { get; init; } = new();

    /// <summary>When the state was entered (UTC).</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>The highest epoch that this instance took or began to take.</summary>
    public long Epoch { get; init; }

    /// <summary>The epoch that this instance gave up in order; while it stands in the primary without an owner, nobody has written since. Null where it gave up none.</summary>
    public long? ReleasedEpoch { get; init; }

    /// <summary>When the last failover began (UTC): when the outage was noticed.</summary>
    public DateTimeOffset? OutageAt { get; init; }

    /// <summary>Operations answered with their first answer since the fallback took over.</summary>
    public long DuplicatesRefused { get; init; }
}
