using System.Text.Json;
using GavatDashboard.Domain.Coins;
using StackExchange.Redis;

namespace GavatDashboard.Stores.Redis;

/// <summary>Looks into Redis without being counted as a lookup, for whoever compares it with the ledger.</summary>
/// <param name="connection">The connection.</param>
/// <param name="readTrust">Tells what is served. The same object as before means that nothing happened in between.</param>
internal sealed class RedisInspection(RedisConnection connection, Func<CacheTrustState> readTrust) : ICacheInspection
{
    public async Task<IReadOnlyDictionary<string, Account>?> PeekAsync(IReadOnlyList<string> userIds, CancellationToken cancellationToken)
    {
        var state = readTrust();
        if (!state.IsTrusted)
        {
            return null;
        }

        var values = await DoAsync(
            database => database.StringGetAsync([.. userIds.Select(id => RedisBalanceCache.Key(state.Generation, id))]), cancellationToken);
        if (!ReferenceEquals(state, readTrust()))
        {
            return null;
        }

        var found = new Dictionary<string, Account>(StringComparer.Ordinal);
        for (var i = 0; i < values.Length; i++)
        {
            if (!values[i].IsNull)
            {
                found[userIds[i]] = Read(userIds[i], values[i]);
            }
        }

        return found;
    }

    public Task<IReadOnlyDictionary<string, PeriodTotals>> ReadBoardAsync(
        LeaderboardPeriod period, DateOnly start, IReadOnlyList<string> userIds, CancellationToken cancellationToken) => DoAsync(
        async database =>
        {
            var members = userIds.Select(id => (RedisValue)id).ToArray();
            var earned = await database.SortedSetScoresAsync(RedisLeaderboards.BoardKey(LeaderboardOrder.Earned, period, start), members);
            var spent = await database.SortedSetScoresAsync(RedisLeaderboards.BoardKey(LeaderboardOrder.Spent, period, start), members);
            var balances = await database.SortedSetScoresAsync(RedisLeaderboards.BoardKey(LeaderboardOrder.Balance, period, start), members);
            var found = new Dictionary<string, PeriodTotals>(StringComparer.Ordinal);
            for (var i = 0; i < userIds.Count; i++)
            {
                // Scores have the sign turned. A member that is missing on one board, or does not fit the other two, has no totals that anybody could expect.
                if (earned[i] is { } e && spent[i] is { } s && balances[i] is { } b)
                {
                    found[userIds[i]] = e - s == b
                        ? new PeriodTotals(userIds[i], new CoinAmount((long)-e), new CoinAmount((long)-s))
                        : new PeriodTotals(userIds[i], new CoinAmount(long.MinValue), new CoinAmount((long)-b));
                }
            }

            return (IReadOnlyDictionary<string, PeriodTotals>)found;
        },
        cancellationToken);

    public Task<IReadOnlyList<string>> ListMembersAsync(
        LeaderboardOrder by, LeaderboardPeriod period, DateOnly start, long offset, int limit, CancellationToken cancellationToken) => DoAsync(
        async database =>
        {
            var members = await database.SortedSetRangeByRankAsync(RedisLeaderboards.BoardKey(by, period, start), offset, offset + limit - 1);
            return (IReadOnlyList<string>)Array.ConvertAll(members, member => (string)member!);
        },
        cancellationToken);

    private static Account Read(string userId, RedisValue value)
    {
        try
        {
            return CachedAccount.Read(value);
        }
        catch (JsonException)
        {
            // Something that is no account is no version of this one either.
            return new Account { UserId = userId, Version = -1 };
        }
    }

    private async Task<T> DoAsync<T>(Func<IDatabase, Task<T>> action, CancellationToken cancellationToken)
    {
        try
        {
            return await action(await connection.OpenAsync(cancellationToken)).WaitAsync(TimeSpan.FromSeconds(5), cancellationToken);
        }
        catch (Exception failure) when (RedisConnection.IsOutage(failure))
        {
            throw connection.Unavailable(failure);
        }
    }
}
