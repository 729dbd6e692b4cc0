namespace GavatDashboard.Domain.Failover;

/// <summary>What was done, and that nothing was lost by it. One is made at the end of every failover, recovery and drill.</summary>
public sealed record FailoverProof
{
    /// <summary>Its identity.</summary>
    public required Guid Id { get; init; }

    /// <summary>What was done.</summary>
    public required FailoverAction Action { get; init; }

    /// <summary>Whether it came to its end, and why not where it did not.</summary>
    public required string Outcome { get; init; }

    /// <summary>Whether everything that was compared is equal.</summary>
    public required bool IsClean { get; init; }

    /// <summary>When it began (UTC): of a failover, when the outage was noticed.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended (UTC).</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>The epoch before.</summary>
    public required long EpochBefore { get; init; }

    /// <summary>The epoch after.</summary>
    public required long EpochAfter { get; init; }

    /// <summary>Of a failover: batches that were noted and whose commit in the primary was not known; they were applied.</summary>
    public int InDoubtBatches { get; init; }

    /// <summary>Of a recovery: operations that the fallback acknowledged while it took the writes.</summary>
    public long Acknowledged { get; init; }

    /// <summary>Of a recovery: operations that were written to the primary.</summary>
    public long Replayed { get; init; }

    /// <summary>Of a recovery: operations that the primary held already, so that they were not written again.</summary>
    public long AlreadyThere { get; init; }

    /// <summary>Operations that were sent again under a known key, and answered with the first answer.</summary>
    public long DuplicatesRefused { get; init; }

    /// <summary>The sum of all balances in the primary before, in coins; null where it could not be asked.</summary>
    public long? TotalBefore { get; init; }

    /// <summary>What the replayed operations added, in coins.</summary>
    public long ReplayedAmount { get; init; }

    /// <summary>The sum of all balances in the primary after, in coins; of a failover, in the fallback.</summary>
    public long? TotalAfter { get; init; }

    /// <summary>The sum of all balances in the fallback at the same place of the log, in coins.</summary>
    public long? FallbackTotal { get; init; }

    /// <summary>Accounts that were compared one by one.</summary>
    public long AccountsCompared { get; init; }

    /// <summary>The primary's last chain hash as it was read there at the end, in hexadecimal; empty where it could not be asked.</summary>
    public string PrimaryChainHead { get; init; } = string.Empty;

    /// <summary>The fallback's last chain hash as it was read there at the end, in hexadecimal.</summary>
    public string FallbackChainHead { get; init; } = string.Empty;

    /// <summary>How long no write was taken, in milliseconds: of a failover, since the outage was noticed; of a recovery, while it switched back.</summary>
    public double OutOfServiceMs { get; init; }

    /// <summary>Of a drill in full: how long the way back took, in milliseconds; null where it was not waited for.</summary>
    public double? RecoveryMs { get; init; }

    /// <summary>Of a recovery: where that time went; null where it did not come so far.</summary>
    public SwitchTimes? SwitchTimes { get; init; }

    /// <summary>Of a recovery and a drill: how long the whole took, in milliseconds.</summary>
    public double TookMs => (EndedAt - StartedAt).TotalMilliseconds;

    /// <summary>
    /// Operations that were acknowledged and were not found when they were looked up: of a failover, in the fallback, of a recovery, in the
    /// primary, each one that the fallback had kept. It must be 0.
    /// </summary>
    public long Lost { get; init; }
}

/// <summary>Where the time went in which writes waited for the primary to take over again, in milliseconds.</summary>
/// <param name="DrainedMs">Until the last batch was through and the next epoch was written down.</param>
/// <param name="WrittenMs">Until the primary held the last batches.</param>
/// <param name="ComparedMs">Until they were looked up there, and the accounts compared.</param>
/// <param name="RecordedMs">Until the primary had recorded its epoch.</param>
/// <param name="FollowedMs">Until the fallback followed it.</param>
public sealed record SwitchTimes(double DrainedMs, double WrittenMs, double ComparedMs, double RecordedMs, double FollowedMs);

/// <summary>What people and the automation do.</summary>
public enum FailoverAction
{
    /// <summary>The fallback takes over.</summary>
    FailOver,

    /// <summary>The primary is brought up to date and taken back.</summary>
    Recover,

    /// <summary>A rehearsal: both, one after the other.</summary>
    Drill,
}
