namespace GavatDashboard.Domain.Failover;

/// <summary>Something that the failover machine is told.</summary>
public abstract record FailoverEvent
{
    private FailoverEvent()
    {
    }

    /// <summary>The primary took a write on the probe's own connection.</summary>
    public sealed record ProbeSucceeded : FailoverEvent;

    /// <summary>The primary did not take the probe's write.</summary>
    /// <param name="Reason">Why, for a person.</param>
    public sealed record ProbeFailed(string Reason) : FailoverEvent;

    /// <summary>A batch failed on the primary for want of an answer.</summary>
    /// <param name="Reason">Why, for a person.</param>
    /// <param name="IsAgain">Whether nothing was written since the last one failed.</param>
    public sealed record WriteFailed(string Reason, bool IsAgain = false) : FailoverEvent;

    /// <summary>The fallback holds everything and has taken the next epoch.</summary>
    public sealed record Promoted : FailoverEvent;

    /// <summary>The fallback may not take over.</summary>
    /// <param name="Reason">Why, for a person.</param>
    public sealed record PromotionRefused(string Reason) : FailoverEvent;

    /// <summary>The primary holds all but the last few writes, and both ledgers were compared.</summary>
    public sealed record CaughtUp : FailoverEvent;

    /// <summary>The primary has recorded that it takes writes again.</summary>
    public sealed record SwitchedBack : FailoverEvent;

    /// <summary>The primary failed while it was being brought up to date.</summary>
    /// <param name="Reason">Why, for a person.</param>
    public sealed record RecoveryFailed(string Reason) : FailoverEvent;

    /// <summary>The two ledgers differ.</summary>
    /// <param name="Reason">The first difference.</param>
    public sealed record Mismatched(string Reason) : FailoverEvent;

    /// <summary>The primary shows a higher epoch, or another owner.</summary>
    /// <param name="Reason">Which, for a person.</param>
    /// <param name="MayFollow">Whether writes can be left to that owner: it has a name, and this instance holds nothing that the primary lacks.</param>
    public sealed record Superseded(string Reason, bool MayFollow = false) : FailoverEvent;

    /// <summary>This instance gives the ledger up, so that another may own it; what it acknowledged is in the primary.</summary>
    /// <param name="Reason">Why, for a person.</param>
    public sealed record Released(string Reason) : FailoverEvent;

    /// <summary>This instance has taken the ledger: one that was released, or by hand.</summary>
    /// <param name="Reason">Which, for a person.</param>
    public sealed record TakenOver(string Reason) : FailoverEvent;

    /// <summary>A person asks for the fallback to take over.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record FailOverRequested(string Reason) : FailoverEvent;

    /// <summary>A person asks for the primary to be taken back.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record RecoverRequested(string Reason) : FailoverEvent;

    /// <summary>A person stops the recovery that runs.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record AbortRequested(string Reason) : FailoverEvent;

    /// <summary>A person pauses the automation.</summary>
    public sealed record Paused : FailoverEvent;

    /// <summary>A person lets the automation go on.</summary>
    public sealed record Resumed : FailoverEvent;
}

/// <summary>What the machine wants done, in this order.</summary>
public enum FailoverEffect
{
    /// <summary>Stops the recovery that runs.</summary>
    CancelAction,

    /// <summary>Lets writes wait.</summary>
    HoldWrites,

    /// <summary>Refuses writes.</summary>
    RefuseWrites,

    /// <summary>Forwards writes to the instance that owns the ledger.</summary>
    ForwardWrites,

    /// <summary>Lets writes go to the primary.</summary>
    WriteToPrimary,

    /// <summary>Lets writes go to the fallback.</summary>
    WriteToFallback,

    /// <summary>Lets the fallback take over.</summary>
    Promote,

    /// <summary>Takes the next epoch in the primary, and then lets the fallback take over.</summary>
    DrainAndPromote,

    /// <summary>Fences the primary and brings it up to date.</summary>
    Recover,

    /// <summary>Brings the last writes to the primary and lets it take writes again.</summary>
    SwitchBack,
}
