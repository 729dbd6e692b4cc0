namespace GavatDashboard.Features.Failover;

/// <summary>What the coordinator knows of the primary.</summary>
public enum RecoveryState
{
    /// <summary>Nothing yet.</summary>
    Starting,

    /// <summary>The primary takes writes.</summary>
    Primary,

    /// <summary>The primary did not take the last write.</summary>
    Suspect,
}

/// <summary>A change of state, as it was written down.</summary>
/// <param name="At">When (UTC).</param>
/// <param name="From">The state before.</param>
/// <param name="To">The state after.</param>
/// <param name="Reason">Why, for a person.</param>
public sealed record RecoveryJournalEntry(DateTimeOffset At, RecoveryState From, RecoveryState To, string Reason);

/// <summary>Where the coordinator writes down what it did. It is in the fallback's file: it must be there when the primary is not.</summary>
public interface IRecoveryJournal
{
    /// <summary>Writes a change down, durably.</summary>
    Task AppendAsync(RecoveryJournalEntry entry, CancellationToken cancellationToken);

    /// <summary>The newest changes, the newest first.</summary>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<RecoveryJournalEntry>> ListAsync(int limit, CancellationToken cancellationToken);
}

/// <summary>What the coordinator does now.</summary>
/// <param name="State">Its state.</param>
/// <param name="Since">Since when (UTC); null before the first tick.</param>
/// <param name="Reason">Why, for a person.</param>
/// <param name="SinceTick">How long ago it last ticked; null before the first tick.</param>
/// <param name="IsOverdue">Whether that is too long ago.</param>
/// <param name="LastEntry">The last change that was written down, of an earlier run too; null where there is none.</param>
/// <param name="JournalFault">Why the journal could not be written, for a person; null where it could.</param>
public sealed record RecoveryStatus(
    RecoveryState State,
    DateTimeOffset? Since,
    string Reason,
    TimeSpan? SinceTick,
    bool IsOverdue,
    RecoveryJournalEntry? LastEntry,
    string? JournalFault);

/// <summary>Tells what the coordinator does.</summary>
public interface IRecoveryStatus
{
    /// <summary>Its status now. Cheap: it asks no store.</summary>
    RecoveryStatus Current { get; }
}
