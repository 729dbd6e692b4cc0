namespace GavatDashboard.Domain.Coins;

/// <summary>A store of the ledger. PostgreSQL and SQLite both are one, and one contract test suite runs against both.</summary>
/// <remarks>A store that cannot be reached throws <see cref="StoreUnavailableException"/>; it never answers "not found" for it.</remarks>
public interface ICoinLedger
{
    /// <summary>Which store it is.</summary>
    StoreKind Kind { get; }

    /// <summary>Does the operations in one transaction, in their order, and answers each.</summary>
    /// <param name="operations">1 to 512 operations.</param>
    /// <param name="cancellationToken">Gives up waiting; the transaction then either happened wholly or not at all.</param>
    Task<IReadOnlyList<OperationResult>> ExecuteAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken);

    /// <summary>Decides an operation as <see cref="ExecuteAsync"/> would, and writes nothing.</summary>
    Task<OperationResult> PreviewAsync(LedgerOperation operation, CancellationToken cancellationToken);

    /// <summary>The end of the log.</summary>
    Task<LedgerHead> ReadHeadAsync(CancellationToken cancellationToken);

    /// <summary>What admins have set.</summary>
    Task<LedgerPolicy> ReadPolicyAsync(CancellationToken cancellationToken);

    /// <summary>A user's account, or null where there is no such user.</summary>
    Task<Account?> FindAccountAsync(string userId, CancellationToken cancellationToken);

    /// <summary>Accounts of several users; those that do not exist are left out.</summary>
    Task<IReadOnlyList<Account>> FindAccountsAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken);

    /// <summary>A user's usage of the daily limits; zeros where there was none.</summary>
    Task<DayUsage> ReadUsageAsync(string userId, DateOnly day, CancellationToken cancellationToken);

    /// <summary>Usage of several users on all days on which they had any.</summary>
    /// <param name="userIds">At most 5,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<DayUsage>> ListUsageAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken);

    /// <summary>A user, or null.</summary>
    Task<User?> FindUserAsync(string userId, CancellationToken cancellationToken);

    /// <summary>Users whose id or username contains a text, the best match first; reserved users are left out.</summary>
    /// <param name="text">A part of the id or username, any case; empty for the most recently active users.</param>
    /// <param name="limit">1 to 500.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<User>> SearchUsersAsync(string text, int limit, CancellationToken cancellationToken);

    /// <summary>Users by id in ascending order, for going through all of them.</summary>
    /// <param name="afterUserId">The last id of the page before; empty for the first page.</param>
    /// <param name="limit">1 to 5,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<User>> ListUsersAsync(string afterUserId, int limit, CancellationToken cancellationToken);

    /// <summary>An entry, or null.</summary>
    Task<Entry?> FindEntryAsync(Guid entryId, CancellationToken cancellationToken);

    /// <summary>The entry that reverses another, or null.</summary>
    Task<Entry?> FindReversalAsync(Guid originalEntryId, CancellationToken cancellationToken);

    /// <summary>Entries, newest first by the time they took effect.</summary>
    Task<IReadOnlyList<Entry>> ListEntriesAsync(EntryQuery query, CancellationToken cancellationToken);

    /// <summary>The users' ranks. Equal values share one, and stand in the order of the ids' bytes.</summary>
    Task<IReadOnlyList<LeaderboardRow>> ReadLeaderboardAsync(LeaderboardQuery query, CancellationToken cancellationToken);

    /// <summary>A user's own row with those above and below, or null where the user is not on the leaderboard.</summary>
    Task<IReadOnlyList<LeaderboardRow>?> FindAroundAsync(AroundQuery query, CancellationToken cancellationToken);

    /// <summary>What several users earned and spent in a month or a week; users without an entry in it are left out.</summary>
    /// <param name="userIds">At most 5,000.</param>
    /// <param name="period">Month or week; all time is in the accounts.</param>
    /// <param name="start">The day the period starts.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<PeriodTotals>> ReadPeriodTotalsAsync(
        IReadOnlyCollection<string> userIds, LeaderboardPeriod period, DateOnly start, CancellationToken cancellationToken);

    /// <summary>Sums over the whole ledger, for reconciliation.</summary>
    Task<LedgerTotals> ReadTotalsAsync(CancellationToken cancellationToken);

    /// <summary>Activity of a user, newest first.</summary>
    /// <param name="userId">Whose.</param>
    /// <param name="since">The earliest instant (UTC).</param>
    /// <param name="limit">1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<ActivityEvent>> ListActivitiesAsync(string userId, DateTimeOffset since, int limit, CancellationToken cancellationToken);

    /// <summary>Refusals that hung on the state of a user's account since an instant, newest first, at most 1,000.</summary>
    Task<IReadOnlyList<KeptAnswer>> ListRefusalsAsync(string userId, DateTimeOffset since, CancellationToken cancellationToken);
}

/// <summary>Which entries to list.</summary>
public sealed record EntryQuery
{
    /// <summary>The user, or null for everybody but reserved users.</summary>
    public string? UserId { get; init; }

    /// <summary>The type, or null for all.</summary>
    public EntryType? Type { get; init; }

    /// <summary>Only what took effect at or after this instant (UTC), or null.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only what took effect before this instant (UTC), or null.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The last entry of the page before, or null for the first page. An unknown one gives an empty page.</summary>
    public Guid? Before { get; init; }

    /// <summary>1 to 10,000 entries.</summary>
    public int Limit { get; init; } = 50;
}

/// <summary>Which leaderboard, and which part of it.</summary>
/// <param name="By">What it ranks by.</param>
/// <param name="Period">The time it covers.</param>
/// <param name="Start">The day the period starts, from <see cref="LeaderboardPeriods.StartOf"/>.</param>
/// <param name="Limit">1 to 1,000 rows.</param>
/// <param name="Offset">Rows to pass over, from 0.</param>
public sealed record LeaderboardQuery(LeaderboardOrder By, LeaderboardPeriod Period, DateOnly Start, int Limit, int Offset = 0);

/// <summary>Whose place on which leaderboard.</summary>
/// <param name="UserId">Who.</param>
/// <param name="By">What it ranks by.</param>
/// <param name="Period">The time it covers.</param>
/// <param name="Start">The day the period starts, from <see cref="LeaderboardPeriods.StartOf"/>.</param>
/// <param name="Neighbours">Rows above and below, 0 to 50; at the top there are more below, so that there are as many in all.</param>
/// <param name="AtLeastVersion">The version of the user's account that the answer must know of, so that whoever changed it sees the change.</param>
public sealed record AroundQuery(string UserId, LeaderboardOrder By, LeaderboardPeriod Period, DateOnly Start, int Neighbours, long AtLeastVersion = 0)
{
    /// <summary>The part of the board around a place.</summary>
    /// <param name="place">The user's place from 0.</param>
    public LeaderboardQuery At(long place) => new(By, Period, Start, (2 * Neighbours) + 1, (int)Math.Max(0, place - Neighbours));
}

/// <summary>Sums over a ledger. In a whole ledger the first two are equal, and the system accounts mirror them.</summary>
/// <param name="Balances">The sum of all balances, in coins.</param>
/// <param name="EntryAmounts">The sum of all entries' amounts, in coins.</param>
/// <param name="Users">The number of users, reserved ones left out.</param>
/// <param name="Entries">The number of entries.</param>
/// <param name="SystemBalances">What the system accounts hold, by name: the opposite of what they gave.</param>
public sealed record LedgerTotals(
    CoinAmount Balances, CoinAmount EntryAmounts, long Users, long Entries, IReadOnlyDictionary<string, CoinAmount> SystemBalances);
