namespace GavatDashboard.Domain.Coins;

/// <summary>Answers questions about coins from the quickest store that can be trusted, and says which one it was.</summary>
public sealed class CoinReader(
    ILedgerStores stores, IBalanceCache cache, IBalanceCopy copy, ILeaderboardCache leaderboards, TimeProvider time)
{
    /// <summary>
    /// A user's account: from the cache, the current ledger, the fallback, and last the copy for analytics (marked stale).
    /// Null means that a store that was reached knows no such user; an outage is never taken for that.
    /// </summary>
    /// <exception cref="StoreUnavailableException">No store could be reached.</exception>
    public async Task<Reading<Account>?> FindAccountAsync(string userId, CancellationToken cancellationToken)
    {
        if (await cache.FindAsync(userId, cancellationToken) is { } cached)
        {
            return cached;
        }

        try
        {
            return await ReadAndFillAsync(userId, cancellationToken);
        }
        catch (StoreUnavailableException outage) when (stores.Current != stores.Fallback)
        {
            return await FindElsewhereAsync(userId, outage, cancellationToken);
        }
    }

    /// <summary>All that support staff ask first about a user, or null where there is no such user.</summary>
    /// <exception cref="StoreUnavailableException">The ledger could not be reached.</exception>
    public async Task<UserStats?> FindStatsAsync(string userId, CancellationToken cancellationToken)
    {
        var ledger = stores.Current;
        var now = time.GetUtcNow();
        var user = await ledger.FindUserAsync(userId, cancellationToken);
        var account = user is null ? null : await ledger.FindAccountAsync(userId, cancellationToken);
        if (user is null || account is null)
        {
            return null;
        }

        var usage = await ledger.ReadUsageAsync(userId, DateOnly.FromDateTime(now.UtcDateTime), cancellationToken);
        var policy = await ledger.ReadPolicyAsync(cancellationToken);
        return new UserStats(user, account, AccountStatuses.Of(account, user.Type), usage, policy, ledger.Kind, now);
    }

    /// <summary>A part of a leaderboard of the current period.</summary>
    /// <param name="by">What it ranks by.</param>
    /// <param name="period">The time it covers.</param>
    /// <param name="limit">1 to 1,000 rows.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="StoreUnavailableException">The ledger could not be reached.</exception>
    public async Task<Reading<IReadOnlyList<LeaderboardRow>>> ReadLeaderboardAsync(
        LeaderboardOrder by, LeaderboardPeriod period, int limit, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var query = new LeaderboardQuery(by, period, period.StartOf(now), limit);
        if (await leaderboards.FindAsync(query, cancellationToken) is { } cached)
        {
            return cached;
        }

        var ledger = stores.Current;
        return new(await ledger.ReadLeaderboardAsync(query, cancellationToken), now, ledger.Kind);
    }

    /// <summary>A user's own row on a leaderboard of the current period, with the neighbours above and below; null where the user has none.</summary>
    /// <param name="userId">Who.</param>
    /// <param name="by">What it ranks by.</param>
    /// <param name="period">The time it covers.</param>
    /// <param name="neighbours">Rows above and below, 0 to 50.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="StoreUnavailableException">The ledger could not be reached.</exception>
    public async Task<Reading<IReadOnlyList<LeaderboardRow>>?> FindNeighboursAsync(
        string userId, LeaderboardOrder by, LeaderboardPeriod period, int neighbours, CancellationToken cancellationToken)
    {
        if (await FindAccountAsync(userId, cancellationToken) is not { } account)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var query = new AroundQuery(userId, by, period, period.StartOf(now), neighbours, account.Value.Version);
        if (await leaderboards.FindAroundAsync(query, cancellationToken) is { } cached)
        {
            return cached;
        }

        var ledger = stores.Current;
        return await ledger.FindAroundAsync(query, cancellationToken) is { } rows ? new(rows, now, ledger.Kind) : null;
    }

    private async Task<Reading<Account>?> ReadAndFillAsync(string userId, CancellationToken cancellationToken)
    {
        var ledger = stores.Current;
        // Before the ledger is read: what is acknowledged elsewhere after this instant is newer than the answer claims to be.
        var mayBeBehind = stores.MayBeBehind;
        var ticket = cache.BeginFill(userId);
        var asOf = time.GetUtcNow();
        if (await ledger.FindAccountAsync(userId, cancellationToken) is not { } account)
        {
            return null;
        }

        await cache.FillAsync(ticket, account, cancellationToken);
        return new Reading<Account>(account, asOf, ledger.Kind, mayBeBehind);
    }

    private async Task<Reading<Account>?> FindElsewhereAsync(string userId, StoreUnavailableException outage, CancellationToken cancellationToken)
    {
        try
        {
            var asOf = time.GetUtcNow();
            if (await stores.Fallback.FindAccountAsync(userId, cancellationToken) is { } account)
            {
                return new Reading<Account>(account, asOf, stores.Fallback.Kind, IsStale: true);
            }

            // The ledger is out and the fallback knows no such user: a copy may, but its silence proves nothing.
            return await copy.FindAsync(userId, cancellationToken) ?? throw outage;
        }
        catch (StoreUnavailableException fallbackOutage) when (fallbackOutage.Store == StoreKind.Sqlite)
        {
            return await copy.FindAsync(userId, cancellationToken) ?? throw outage;
        }
    }
}

/// <summary>All that support staff ask first about a user.</summary>
/// <param name="User">The user.</param>
/// <param name="Account">The account.</param>
/// <param name="Status">How the account is described.</param>
/// <param name="Usage">What is used of today's limits.</param>
/// <param name="Policy">The limits and thresholds that hold.</param>
/// <param name="Source">Where it was read.</param>
/// <param name="AsOf">When (UTC).</param>
public sealed record UserStats(
    User User, Account Account, AccountStatus Status, DayUsage Usage, LedgerPolicy Policy, StoreKind Source, DateTimeOffset AsOf);
