using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Instances;

namespace GavatDashboard.Features.Failover;

/// <summary>The failover coordinator at one instant.</summary>
public sealed record FailoverSnapshot
{
    /// <summary>The state.</summary>
    public required FailoverState State { get; init; }

    /// <summary>Since when (UTC).</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Why, for a person.</summary>
    public required string Reason { get; init; }

    /// <summary>When this was true (UTC).</summary>
    public required DateTimeOffset AsOf { get; init; }

    /// <summary>What happens to writes now.</summary>
    public required FailoverWrites Writes { get; init; }

    /// <summary>The number of the reign under which writes are taken; 0 before the ledger was seen.</summary>
    public long Epoch { get; init; }

    /// <summary>The instance that owns the ledger, or empty where that is not known.</summary>
    public string Owner { get; init; } = string.Empty;

    /// <summary>This instance.</summary>
    public string Instance { get; init; } = string.Empty;

    /// <summary>Whether this instance is the owner.</summary>
    public bool IsOwner { get; init; }

    /// <summary>When the owner was last heard, by the primary or by this instance (UTC); null where it never was.</summary>
    public DateTimeOffset? OwnerHeardAt { get; init; }

    /// <summary>Why this instance does not trust what answers in the owner's place; null where it does.</summary>
    public string? OwnerFault { get; init; }

    /// <summary>How long an instance may be silent before it counts as gone.</summary>
    public TimeSpan SilentAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>All instances that live on the ledger, as the primary told last; this one alone where no other can be there.</summary>
    public IReadOnlyList<InstanceSighting> Instances { get; init; } = [];

    /// <summary>What this instance is to the ledger: <c>owner</c>, <c>follower</c>, or <c>fenced</c>; <c>none</c> before it knows.</summary>
    public string Role => IsOwner ? "owner" : State switch
    {
        FailoverState.Following => "follower",
        FailoverState.Fenced => "fenced",
        _ => "none",
    };

    /// <summary>Whether the automation is paused.</summary>
    public bool IsPaused { get; init; }

    /// <summary>Whether a person moved writes to the fallback, where they stay until a person asks for the way back.</summary>
    public bool IsHeldByHand { get; init; }

    /// <summary>What it will do by itself next, if nothing changes; null where it will do nothing.</summary>
    public FailoverNextStep? NextStep { get; init; }

    /// <summary>How the primary answers.</summary>
    public FailoverProbeReading Probe { get; init; } = new(null, null, "It was not asked yet.", 0, 0);

    /// <summary>How the fallback's copy stands.</summary>
    public required FailoverMirrorReading Mirror { get; init; }

    /// <summary>What the fallback acknowledged and the primary does not hold yet.</summary>
    public FailoverBacklog Backlog { get; init; } = new(0, 0);

    /// <summary>To how many operations a second new writes are slowed, so that the primary can catch up; null where they are not.</summary>
    public double? SlowedToPerSecond { get; init; }

    /// <summary>Why the fallback, whose turn it is, does not take writes, for a person; null where it does.</summary>
    public string? FallbackFault { get; init; }

    /// <summary>What runs now; null where nothing does.</summary>
    public FailoverProgress? Progress { get; init; }

    /// <summary>Why each kind of request would be refused now; a kind that is missing may be asked for.</summary>
    public IReadOnlyDictionary<FailoverRequestKind, string> Refusals { get; init; } = new Dictionary<FailoverRequestKind, string>();

    /// <summary>What can only be read at the moment, for a person; empty where everything can be written.</summary>
    public IReadOnlyList<string> ReadOnlyParts { get; init; } = [];

    /// <summary>Whether the primary is a stand-in, whose outage can be simulated.</summary>
    public bool CanSimulateOutage { get; init; }

    /// <summary>Whether its outage is being simulated.</summary>
    public bool IsOutageSimulated { get; init; }

    /// <summary>The latest proofs, the newest first, at most 5.</summary>
    public IReadOnlyList<FailoverProof> Proofs { get; init; } = [];

    /// <summary>The latest changes of state, the newest first, at most 20.</summary>
    public IReadOnlyList<FailoverJournalEntry> Journal { get; init; } = [];

    /// <summary>When the coordinator last did its round (UTC); null before the first.</summary>
    public DateTimeOffset? TickedAt { get; init; }

    /// <summary>Whether that is too long ago.</summary>
    public bool IsOverdue { get; init; }

    /// <summary>Why the state cannot be written down, for a person; null where it can.</summary>
    public string? JournalFault { get; init; }

    /// <summary>The ledger whose word counts: <c>primary</c> or <c>fallback</c>.</summary>
    public string Truth => State.IsOnFallback() ? "fallback" : "primary";
}

/// <summary>What happens to writes.</summary>
public enum FailoverWrites
{
    /// <summary>They wait.</summary>
    Waiting,

    /// <summary>They go to the primary.</summary>
    Primary,

    /// <summary>They go to the fallback.</summary>
    Fallback,

    /// <summary>They are refused.</summary>
    Refused,

    /// <summary>They are forwarded to the instance that owns the ledger.</summary>
    Forwarded,
}

/// <summary>What the automation will do next, if nothing changes.</summary>
/// <param name="To">The state it will go to.</param>
/// <param name="At">Not before (UTC).</param>
public sealed record FailoverNextStep(FailoverState To, DateTimeOffset At);

/// <summary>How the primary answers the coordinator's own write.</summary>
/// <param name="At">When it was asked last (UTC); null before the first time.</param>
/// <param name="LatencyMs">How long it took, in milliseconds; null where it did not answer.</param>
/// <param name="Fault">Why it did not take the write, for a person; null where it did.</param>
/// <param name="Good">Good answers in a row.</param>
/// <param name="Bad">Failures in a row.</param>
public sealed record FailoverProbeReading(DateTimeOffset? At, double? LatencyMs, string? Fault, int Good, int Bad);

/// <summary>How the fallback's copy of the ledger stands.</summary>
/// <param name="State"><c>following</c>, <c>behind</c>, <c>diverged</c> or <c>leading</c> (it takes the writes).</param>
/// <param name="Reason">Why, for a person.</param>
/// <param name="Since">Since when (UTC).</param>
/// <param name="MissedBatches">Batches that it lacks and that wait to be applied to it.</param>
/// <param name="MayTakeOver">Whether it holds everything that was acknowledged.</param>
public sealed record FailoverMirrorReading(string State, string Reason, DateTimeOffset Since, int MissedBatches, bool MayTakeOver);

/// <summary>What waits to be written to the primary.</summary>
/// <param name="Batches">Batches.</param>
/// <param name="Operations">Entries and other changes in them.</param>
public sealed record FailoverBacklog(long Batches, long Operations);

/// <summary>What runs now.</summary>
/// <param name="ActionId">Its identity.</param>
/// <param name="Action">What.</param>
/// <param name="Step">The step it is at, such as <c>fencing</c>, <c>replaying</c>, <c>comparing</c>, <c>switching</c>.</param>
/// <param name="StartedAt">Since when (UTC).</param>
/// <param name="Done">How much of the step is done.</param>
/// <param name="Total">How much there is; 0 where that is not known.</param>
/// <param name="CanAbort">Whether it can be stopped now without harm.</param>
public sealed record FailoverProgress(Guid ActionId, FailoverAction Action, string Step, DateTimeOffset StartedAt, long Done, long Total, bool CanAbort);

/// <summary>A change of state, as it was written down.</summary>
/// <param name="At">When (UTC).</param>
/// <param name="From">The state before.</param>
/// <param name="To">The state after.</param>
/// <param name="Reason">Why, for a person.</param>
public sealed record FailoverJournalEntry(DateTimeOffset At, FailoverState From, FailoverState To, string Reason);
