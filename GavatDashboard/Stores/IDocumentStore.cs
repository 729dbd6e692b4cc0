using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores;

/// <summary>
/// Copies of the ledger for analytics, as documents: MongoDB, or its embedded stand-in. Every document is keyed by what the
/// ledger calls it, so writing it twice is harmless. It decides nothing. A store that cannot be reached throws
/// <see cref="StoreUnavailableException"/>.
/// </summary>
public interface IDocumentStore : IBalanceCopy
{
    /// <summary>The collections, six of them.</summary>
    static IReadOnlyList<string> Collections { get; } =
        ["coin_balances", "coin_transactions", "daily_limits", "erko_profiles", "erko_activity", "leaderboard"];

    /// <summary>What it really is.</summary>
    Task<StoreDescription> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>Makes collections and indexes that are missing; safe to repeat.</summary>
    Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>How far the copy has come, or null where it holds none.</summary>
    Task<CopyMark?> ReadMarkAsync(CancellationToken cancellationToken);

    /// <summary>Writes a stretch of the ledger. Accounts replace only older versions.</summary>
    Task WriteAsync(DocumentBatch batch, CancellationToken cancellationToken);

    /// <summary>Moves the mark on, if it is still as expected. False means that the copy is not what the caller thinks: lost, restored, or written by another.</summary>
    /// <param name="expected">The mark the caller knows; null for none.</param>
    /// <param name="next">The new one.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<bool> MoveMarkAsync(CopyMark? expected, CopyMark next, CancellationToken cancellationToken);

    /// <summary>Empties what was copied from a ledger, profiles included, and the mark.</summary>
    Task ClearAsync(CancellationToken cancellationToken);

    /// <summary>Keeps profiles of the analyzer in the place of older ones.</summary>
    Task PutProfilesAsync(IReadOnlyList<ProfileDocument> profiles, CancellationToken cancellationToken);

    /// <summary>Keeps leaderboards as they are now.</summary>
    Task PutLeaderboardsAsync(IReadOnlyList<LeaderboardDocument> leaderboards, CancellationToken cancellationToken);

    /// <summary>Writes and reads a sign of life.</summary>
    /// <returns>The instant that was read back (UTC, whole milliseconds).</returns>
    Task<DateTimeOffset> BeatAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Activity of a user, newest first.</summary>
    /// <param name="userId">Whose.</param>
    /// <param name="limit">1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<ActivityEvent>> ListActivitiesAsync(string userId, int limit, CancellationToken cancellationToken);

    /// <summary>A user's profile as the analyzer left it, or null.</summary>
    Task<ProfileDocument?> FindProfileAsync(string userId, CancellationToken cancellationToken);

    /// <summary>The number of documents by collection.</summary>
    Task<IReadOnlyDictionary<string, long>> CountAsync(CancellationToken cancellationToken);

    /// <summary>The copied entries after a place in the log, in the order of the log, to be compared with the ledger's own.</summary>
    /// <param name="afterSequence">The last place that was read; 0 for the beginning.</param>
    /// <param name="limit">1 to 5,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="InvalidDataException">A document is none of ours.</exception>
    Task<IReadOnlyList<Entry>> ReadEntriesAsync(long afterSequence, int limit, CancellationToken cancellationToken);

    /// <summary>What the copied entries of a stretch of the log come to; the store sums them up itself.</summary>
    /// <param name="afterSequence">The place before the stretch.</param>
    /// <param name="throughSequence">The last place of the stretch.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<EntrySums> SumEntriesAsync(long afterSequence, long throughSequence, CancellationToken cancellationToken);

    /// <summary>The copied accounts of several users; those that are not there are left out.</summary>
    /// <param name="userIds">At most 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="InvalidDataException">A document is none of ours.</exception>
    Task<IReadOnlyList<Account>> ReadAccountsAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken);
}

/// <summary>A stretch of the ledger, to be copied.</summary>
/// <param name="Entries">Entries.</param>
/// <param name="Accounts">Accounts.</param>
/// <param name="Users">The users of these accounts.</param>
/// <param name="Usage">Usage of the daily limits.</param>
/// <param name="Activities">Activity.</param>
public sealed record DocumentBatch(
    IReadOnlyList<Entry> Entries,
    IReadOnlyList<Account> Accounts,
    IReadOnlyList<User> Users,
    IReadOnlyList<DayUsage> Usage,
    IReadOnlyList<ActivityEvent> Activities);

/// <summary>How far a copy has come, kept beside the copy itself, so that it shares its fate.</summary>
/// <param name="Cursor">The place in the log up to which the copy holds everything.</param>
/// <param name="EntryId">The last copied entry: a ledger that does not hold it is another ledger. Null before the first.</param>
/// <param name="EntrySequence">That entry's place in the log; 0 before the first.</param>
public sealed record CopyMark(long Cursor, Guid? EntryId, long EntrySequence);

/// <summary>A profile of the analyzer.</summary>
/// <param name="UserId">Whose.</param>
/// <param name="Segment">The segment's code.</param>
/// <param name="RiskLevel">The risk level's code.</param>
/// <param name="Score">0 to 100.</param>
/// <param name="Engagement">0 to 100.</param>
/// <param name="RuleSetVersion">The rules that decided.</param>
/// <param name="AnalysedAt">When (UTC).</param>
/// <param name="Json">The whole profile as a JSON object.</param>
public sealed record ProfileDocument(
    string UserId, string Segment, string RiskLevel, int Score, int Engagement, string RuleSetVersion, DateTimeOffset AnalysedAt, string Json);

/// <summary>The top of a leaderboard at an instant.</summary>
/// <param name="By">What it ranks by.</param>
/// <param name="Period">The time it covers.</param>
/// <param name="Start">The day the period starts.</param>
/// <param name="Rows">The top rows.</param>
/// <param name="AsOf">When (UTC).</param>
public sealed record LeaderboardDocument(
    LeaderboardOrder By, LeaderboardPeriod Period, DateOnly Start, IReadOnlyList<LeaderboardRow> Rows, DateTimeOffset AsOf);
