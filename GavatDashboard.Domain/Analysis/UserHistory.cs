using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Domain.Analysis;

/// <summary>What the ledger knows of a user: all that an analysis may build upon.</summary>
public sealed record UserHistory
{
    /// <summary>How far back entries, activity and refusals are read, in days. Totals come from the account and reach back to its beginning.</summary>
    public const int WindowDays = 120;

    /// <summary>The user.</summary>
    public required User User { get; init; }

    /// <summary>The account.</summary>
    public required Account Account { get; init; }

    /// <summary>Entries of the window, in any order.</summary>
    public IReadOnlyList<Entry> Entries { get; init; } = [];

    /// <summary>The last entry before the window, or null; it tells how long the user was away.</summary>
    public Entry? LastBefore { get; init; }

    /// <summary>Activity of the window, in any order.</summary>
    public IReadOnlyList<ActivityEvent> Activities { get; init; } = [];

    /// <summary>Refusals of the window that hung on the state of the account, in any order.</summary>
    public IReadOnlyList<KeptAnswer> Refusals { get; init; } = [];

    /// <summary>Users who earned a referral naming this user.</summary>
    public IReadOnlyCollection<string> ReferredBy { get; init; } = [];

    /// <summary>Whether more was in the window than is read at once; the oldest was then left out.</summary>
    public bool IsCut { get; init; }
}
