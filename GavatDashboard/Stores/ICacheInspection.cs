using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores;

/// <summary>Looks at what the cache holds, for a comparison with the ledger. A cache that is out throws <see cref="StoreUnavailableException"/>.</summary>
internal interface ICacheInspection
{
    /// <summary>The accounts that would be served; those that are not cached are left out. Null while nothing is served.</summary>
    /// <param name="userIds">At most 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyDictionary<string, Account>?> PeekAsync(IReadOnlyList<string> userIds, CancellationToken cancellationToken);

    /// <summary>What the boards of a period hold of users; those who are not on all three of them are left out.</summary>
    /// <param name="period">The period.</param>
    /// <param name="start">The day it starts.</param>
    /// <param name="userIds">At most 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyDictionary<string, PeriodTotals>> ReadBoardAsync(
        LeaderboardPeriod period, DateOnly start, IReadOnlyList<string> userIds, CancellationToken cancellationToken);

    /// <summary>Who is on a board, in its order.</summary>
    /// <param name="by">What it ranks by.</param>
    /// <param name="period">The period.</param>
    /// <param name="start">The day it starts.</param>
    /// <param name="offset">How many to pass over.</param>
    /// <param name="limit">At most 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<string>> ListMembersAsync(
        LeaderboardOrder by, LeaderboardPeriod period, DateOnly start, long offset, int limit, CancellationToken cancellationToken);
}
