namespace GavatDashboard.Domain.Failover;

/// <summary>Where the ledger's writes go, and what is being done about it.</summary>
public enum FailoverState
{
    /// <summary>The primary takes writes.</summary>
    Primary,

    /// <summary>The primary failed a write or a probe: writes wait until it is known whether it is gone.</summary>
    Suspect,

    /// <summary>The primary is gone, and the fallback is about to take its place.</summary>
    Promoting,

    /// <summary>The fallback takes writes and keeps them for the primary.</summary>
    Fallback,

    /// <summary>The primary is back and is being brought up to date, while the fallback takes writes.</summary>
    Recovering,

    /// <summary>Writes wait while the last of them are brought to the primary.</summary>
    Switchback,

    /// <summary>The primary is gone and the fallback may not take its place: reads go on, writes are refused.</summary>
    ReadOnly,

    /// <summary>The two ledgers differ: the fallback takes writes, and a person decides.</summary>
    RecoveryBlocked,

    /// <summary>Another instance owns the ledger, and nothing can be left to it: a person decides, and writes are refused here.</summary>
    Fenced,

    /// <summary>Another instance owns the ledger: writes are forwarded to it.</summary>
    Following,
}

/// <summary>How states are written and what they mean.</summary>
public static class FailoverStates
{
    /// <summary>The state for programs and in the journal, such as <c>recovery_blocked</c>.</summary>
    public static string ToCode(this FailoverState state) => state switch
    {
        FailoverState.ReadOnly => "readonly",
        FailoverState.RecoveryBlocked => "recovery_blocked",
        _ => state.ToString().ToLowerInvariant(),
    };

    /// <summary>The state that a code names.</summary>
    /// <exception cref="FormatException">It names none.</exception>
    public static FailoverState Parse(string code) => Enum.GetValues<FailoverState>().Where(state => state.ToCode() == code).Cast<FailoverState?>().SingleOrDefault()
        ?? throw new FormatException($"There is no failover state '{code}'.");

    /// <summary>Whether the fallback's word counts in this state.</summary>
    public static bool IsOnFallback(this FailoverState state) =>
        state is FailoverState.Fallback or FailoverState.Recovering or FailoverState.Switchback or FailoverState.RecoveryBlocked;
}
