using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Domain.Analysis;

/// <summary>What the stores know of a user: all that an analysis may build upon.</summary>
public sealed record UserHistory
{
    /// <summary>How far back entries, activity and refusals are read, in days. Totals and purchases reach back to the beginning.</summary>
    public const int WindowDays = 120;

    /// <summary>The most entries, and the most activity events, that are read of the window.</summary>
    public const int MostRows = 2_000;

    /// <summary>The longest referral cycle that is looked for, in users.</summary>
    public const int LongestCycle = 6;

    /// <summary>The user.</summary>
    public required User User { get; init; }

    /// <summary>The account.</summary>
    public required Account Account { get; init; }

    /// <summary>Entries of the window, in any order.</summary>
    public IReadOnlyList<HistoryEntry> Entries { get; init; } = [];

    /// <summary>When the last entry before the window took effect (UTC), or null; it tells how long the user was away.</summary>
    public DateTimeOffset? LastEntryBefore { get; init; }

    /// <summary>Activity of the window, in any order.</summary>
    public IReadOnlyList<HistoryActivity> Activities { get; init; } = [];

    /// <summary>Refusals of the window that hung on the state of the account, in any order.</summary>
    public IReadOnlyList<HistoryRefusal> Refusals { get; init; } = [];

    /// <summary>All purchases ever, or null where there was none.</summary>
    public PurchaseHistory? Purchases { get; init; }

    /// <summary>Users for whom this user earned a referral.</summary>
    public IReadOnlyList<Referral> Referred { get; init; } = [];

    /// <summary>Users who earned a referral naming this user.</summary>
    public IReadOnlyCollection<string> ReferredBy { get; init; } = [];

    /// <summary>The shortest chain of referrals that begins with this user and comes back, without the user at its end; empty where there is none.</summary>
    public IReadOnlyList<string> ReferralCycle { get; init; } = [];

    /// <summary>Devices that others use too.</summary>
    public IReadOnlyList<SharedDevice> SharedDevices { get; init; } = [];

    /// <summary>Flags that somebody has dismissed.</summary>
    public IReadOnlyList<FlagDismissal> Dismissals { get; init; } = [];

    /// <summary>Whether more was in the window than is read at once; the oldest was then left out.</summary>
    public bool IsCut { get; init; }
}

/// <summary>An entry as the analysis sees it: without keys, hashes and words.</summary>
/// <param name="Id">The entry's id.</param>
/// <param name="Sequence">Its place in the ledger's log.</param>
/// <param name="Type">Its type.</param>
/// <param name="Coins">Signed coins.</param>
/// <param name="RelatedUserId">Another user who has to do with it, or null.</param>
/// <param name="ReversalOf">The entry that it reverses, or null.</param>
/// <param name="EffectiveAt">When it took effect (UTC).</param>
/// <param name="HasTimeOfDay">Whether the time of day is known; history that was imported by the day has none.</param>
public sealed record HistoryEntry(
    Guid Id, long Sequence, EntryType Type, long Coins, string? RelatedUserId, Guid? ReversalOf, DateTimeOffset EffectiveAt, bool HasTimeOfDay)
{
    /// <summary>Whether it is a member's own spending; what an admin takes away is none.</summary>
    public bool IsSpend => Type.Direction == EntryDirection.Spend && !Type.NeedsAdmin;

    /// <summary>Whether it is the fruit of the user's own activity.</summary>
    public bool IsOwnEarn => Type.Direction == EntryDirection.Earn && !Type.IsGranted;

    /// <summary>Whether an entry's time of day is known: an import by the day gives midnight to what was recorded at another time.</summary>
    public static bool IsTimeKnown(DateTimeOffset effectiveAt, DateTimeOffset recordedAt) =>
        effectiveAt.UtcDateTime.TimeOfDay != TimeSpan.Zero || effectiveAt == recordedAt;
}

/// <summary>Something a user did.</summary>
/// <param name="At">When (UTC).</param>
/// <param name="Device">The device that the caller named in the metadata, or null.</param>
public readonly record struct HistoryActivity(DateTimeOffset At, string? Device);

/// <summary>An operation that the ledger refused.</summary>
/// <param name="At">When (UTC).</param>
/// <param name="Code">Why, one of the codes of <see cref="Refusal"/>.</param>
public readonly record struct HistoryRefusal(DateTimeOffset At, string Code);

/// <summary>A user's purchases since the beginning. What a user spends on one UTC day is one purchase; reversed entries are none.</summary>
/// <param name="FirstDay">The day of the first.</param>
/// <param name="LastDay">The day of the last.</param>
/// <param name="Days">Days with a purchase, from 1.</param>
/// <param name="Coins">Coins spent in them.</param>
public sealed record PurchaseHistory(DateOnly FirstDay, DateOnly LastDay, int Days, long Coins);

/// <summary>A user for whom another one earned a referral.</summary>
/// <param name="UserId">Who was referred.</param>
/// <param name="EntryId">The entry that earned it.</param>
/// <param name="At">When (UTC).</param>
/// <param name="Spent">Coins that the referred user has spent since; 0 where there is no such user.</param>
/// <param name="RegisteredAt">When the referred user registered (UTC); null where there is no such user.</param>
/// <param name="LastSeenAt">When the referred user was last seen (UTC), or null.</param>
/// <param name="OtherReferrers">How many others earned a referral for the same user.</param>
public sealed record Referral(
    string UserId, Guid EntryId, DateTimeOffset At, long Spent, DateTimeOffset? RegisteredAt, DateTimeOffset? LastSeenAt, int OtherReferrers);

/// <summary>A device that several users use.</summary>
/// <param name="Device">What the caller calls it.</param>
/// <param name="Users">The others, at most 20.</param>
public sealed record SharedDevice(string Device, IReadOnlyList<string> Users);
