using System.Globalization;
using System.Text.Json;
using GavatDashboard.Domain.Coins;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace GavatDashboard.Stores.Redis;

/// <summary>
/// Leaderboards as sorted sets, a set for each order and period. Scores are the values with the sign turned, so that
/// ascending order is the ledger's: highest value first, equal values by user id. Names and tiers are in one hash.
/// </summary>
/// <remarks>
/// The mark tells which part of the ledger the boards hold, and lives and dies with them: each write checks and moves it in
/// the same transaction. So boards that were lost or restored from an old snapshot are noticed by the next read or write.
/// </remarks>
internal sealed class RedisLeaderboards : ILeaderboardStore
{
    /// <summary>Scores are floating-point numbers, exact up to here; beyond it the ledger answers.</summary>
    private const double ExactUpTo = 1L << 53;
    private const int Chunk = 500;
    private const int Tries = 3;
    private static readonly TimeSpan ServedFor = TimeSpan.FromSeconds(15);
    private static readonly RedisKey MarkKey = "gavat:leaderboard:mark:2";
    private static readonly RedisKey MembersKey = "gavat:leaderboard:members:2";
    private static readonly LeaderboardOrder[] Orders = [LeaderboardOrder.Balance, LeaderboardOrder.Earned, LeaderboardOrder.Spent];

    private readonly RedisConnection _connection;
    private readonly TimeProvider _time;
    private readonly TimeSpan _lookupTimeout;
    private readonly TimeSpan _commandTimeout;
    private Voucher? _voucher;

    public RedisLeaderboards(RedisConnection connection, IOptions<RedisOptions> options, TimeProvider time)
    {
        _connection = connection;
        _time = time;
        _lookupTimeout = TimeSpan.FromMilliseconds(options.Value.LookupTimeoutMs);
        _commandTimeout = TimeSpan.FromMilliseconds(options.Value.CommandTimeoutMs);
        connection.Disturbed += _ => Disown();
    }

    public Task<Reading<IReadOnlyList<LeaderboardRow>>?> FindAsync(LeaderboardQuery query, CancellationToken cancellationToken) =>
        ServeAsync(query.Period, query.Start, database => ReadRowsAsync(database, query), cancellationToken);

    public Task<Reading<IReadOnlyList<LeaderboardRow>>?> FindAroundAsync(AroundQuery query, CancellationToken cancellationToken) => ServeAsync(
        query.Period,
        query.Start,
        async database =>
        {
            var member = database.HashGetAsync(MembersKey, query.UserId);
            var place = await database.SortedSetRankAsync(BoardKey(query.By, query.Period, query.Start), query.UserId);
            return place is { } known && await member is { IsNull: false } held && BoardMember.VersionOf(held) >= query.AtLeastVersion
                ? await ReadRowsAsync(database, query.At(known))
                : null;
        },
        cancellationToken);

    public void Vouch(CopyMark mark, DateTimeOffset asOf, DateOnly month, DateOnly week) =>
        Volatile.Write(ref _voucher, new Voucher(mark, asOf, _time.GetTimestamp(), month, week));

    public void Disown() => Volatile.Write(ref _voucher, null);

    public Task<CopyMark?> ReadMarkAsync(CancellationToken cancellationToken) => DoAsync(
        async database => ParseMark(await database.StringGetAsync(MarkKey)), cancellationToken);

    public async Task ClearAsync(CancellationToken cancellationToken)
    {
        Disown();
        var now = _time.GetUtcNow();
        // The mark goes first: boards without a mark are no boards, whatever becomes of the rest.
        await DoAsync(database => database.KeyDeleteAsync(MarkKey), cancellationToken);
        RedisKey[] boards =
        [
            MembersKey,
            .. Orders.Select(by => BoardKey(by, LeaderboardPeriod.All, DateOnly.MinValue)),
            .. Orders.Select(by => BoardKey(by, LeaderboardPeriod.Month, LeaderboardPeriod.Month.StartOf(now))),
            .. Orders.Select(by => BoardKey(by, LeaderboardPeriod.Week, LeaderboardPeriod.Week.StartOf(now))),
        ];
        foreach (var board in boards)
        {
            await DoAsync(database => database.KeyDeleteAsync(board), cancellationToken);
        }
    }

    public async Task<bool> WriteAsync(LeaderboardBatch batch, CopyMark? expected, CopyMark? next, CancellationToken cancellationToken)
    {
        // Values are absolute and the mark moves last, so parts that were written before a failure are written again.
        for (var done = 0; done < Math.Max(batch.Members.Count, batch.Totals.Count) - Chunk; done += Chunk)
        {
            var part = new LeaderboardBatch([.. batch.Members.Skip(done).Take(Chunk)], [.. batch.Totals.Skip(done).Take(Chunk)]);
            if (!await WritePartAsync(part, expected, expected, cancellationToken))
            {
                return false;
            }
        }

        var rest = Math.Max(0, (Math.Max(batch.Members.Count, batch.Totals.Count) - 1) / Chunk * Chunk);
        return await WritePartAsync(new([.. batch.Members.Skip(rest)], [.. batch.Totals.Skip(rest)]), expected, next, cancellationToken);
    }

    private Task<bool> WritePartAsync(LeaderboardBatch part, CopyMark? expected, CopyMark? next, CancellationToken cancellationToken) => DoAsync(
        database =>
        {
            var transaction = database.CreateTransaction();
            transaction.AddCondition(expected is null ? Condition.KeyNotExists(MarkKey) : Condition.StringEqual(MarkKey, MarkValue(expected)));
            Queue(transaction, part);
            if (next is not null)
            {
                _ = transaction.StringSetAsync(MarkKey, MarkValue(next));
            }

            return transaction.ExecuteAsync();
        },
        cancellationToken);

    private static void Queue(ITransaction transaction, LeaderboardBatch part)
    {
        if (part.Members.Count > 0)
        {
            _ = transaction.HashSetAsync(MembersKey, [.. part.Members.Select(member => new HashEntry(member.Account.UserId, BoardMember.Write(member)))]);
        }

        foreach (var by in Orders)
        {
            if (part.Members.Count > 0)
            {
                _ = transaction.SortedSetAddAsync(
                    BoardKey(by, LeaderboardPeriod.All, DateOnly.MinValue),
                    [.. part.Members.Select(member => Score(member.Account.UserId, by, member.Account.Balance, member.Account.Earned, member.Account.Spent))]);
            }

            foreach (var board in part.Totals.GroupBy(value => (value.Period, value.Start)))
            {
                var key = BoardKey(by, board.Key.Period, board.Key.Start);
                _ = transaction.SortedSetAddAsync(
                    key, [.. board.Select(value => Score(value.UserId, by, value.Earned - value.Spent, value.Earned, value.Spent))]);
                _ = transaction.KeyExpireAsync(key, board.Key.Period == LeaderboardPeriod.Week ? TimeSpan.FromDays(21) : TimeSpan.FromDays(62));
            }
        }
    }

    private static SortedSetEntry Score(string userId, LeaderboardOrder by, CoinAmount balance, CoinAmount earned, CoinAmount spent)
    {
        var value = by switch
        {
            LeaderboardOrder.Earned => earned,
            LeaderboardOrder.Spent => spent,
            _ => balance,
        };
        // Zero has no sign: the turned zero would be another score to some servers.
        return new SortedSetEntry(userId, value.Value == 0 ? 0 : -(double)value.Value);
    }

    /// <summary>
    /// Answers from one state of the boards, and only where it is the vouched one or a later one: the mark is looked at before and after. Boards
    /// that went back a moment ago, and of which the projection has not heard yet, have an older mark or none.
    /// </summary>
    private async Task<Reading<IReadOnlyList<LeaderboardRow>>?> ServeAsync(
        LeaderboardPeriod period, DateOnly start, Func<IDatabase, Task<IReadOnlyList<LeaderboardRow>?>> read, CancellationToken cancellationToken)
    {
        try
        {
            for (var tries = 0; tries < Tries; tries++)
            {
                if (Served(period, start) is not { } voucher || _connection.TryGet() is not { } database)
                {
                    return null;
                }

                var (before, rows, after) = await ReadBetweenMarksAsync(database, read).WaitAsync(_lookupTimeout, cancellationToken);
                if (before != after)
                {
                    continue;
                }

                return rows is null || before is null || before.Cursor < voucher.Mark.Cursor || (!ReferenceEquals(voucher, Volatile.Read(ref _voucher)) && Served(period, start) is null)
                    ? null
                    : new Reading<IReadOnlyList<LeaderboardRow>>(rows, voucher.AsOf, StoreKind.Redis);
            }

            return null;
        }
        catch (Exception failure) when (RedisConnection.IsOutage(failure))
        {
            Disown();
            return null;
        }
    }

    private static async Task<(CopyMark? Before, IReadOnlyList<LeaderboardRow>? Rows, CopyMark? After)> ReadBetweenMarksAsync(
        IDatabase database, Func<IDatabase, Task<IReadOnlyList<LeaderboardRow>?>> read)
    {
        var before = database.StringGetAsync(MarkKey);
        var rows = await read(database);
        return (ParseMark(await before), rows, ParseMark(await database.StringGetAsync(MarkKey)));
    }

    private async Task<IReadOnlyList<LeaderboardRow>?> ReadRowsAsync(IDatabase database, LeaderboardQuery query)
    {
        var board = BoardKey(query.By, query.Period, query.Start);
        var entries = await database.SortedSetRangeByRankWithScoresAsync(board, query.Offset, query.Offset + query.Limit - 1L);
        if (entries.Length == 0)
        {
            return [];
        }

        if (Array.Exists(entries, entry => Math.Abs(entry.Score) >= ExactUpTo))
        {
            return null;
        }

        var membersTask = database.HashGetAsync(MembersKey, [.. entries.Select(entry => entry.Element)]);
        var rank = await RankOfAsync(database, board, entries[0].Score);
        var members = await membersTask;
        var now = _time.GetUtcNow();
        var rows = new LeaderboardRow[entries.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            if (members[i].IsNull)
            {
                return null;
            }

            rank = i > 0 && entries[i].Score != entries[i - 1].Score ? query.Offset + i + 1 : rank;
            var (username, tier) = BoardMember.Read(members[i], now);
            rows[i] = new LeaderboardRow(rank, entries[i].Element!, username, new CoinAmount(-(long)entries[i].Score), tier);
        }

        return rows;
    }

    /// <summary>Equal values share a rank: one more than the number of those that are ahead.</summary>
    private static async Task<long> RankOfAsync(IDatabase database, RedisKey board, double score) =>
        1 + await database.SortedSetLengthAsync(board, double.NegativeInfinity, score, Exclude.Stop);

    private Voucher? Served(LeaderboardPeriod period, DateOnly start)
    {
        var voucher = Volatile.Read(ref _voucher);
        var held = period switch
        {
            LeaderboardPeriod.Month => voucher?.Month == start,
            LeaderboardPeriod.Week => voucher?.Week == start,
            _ => voucher is not null,
        };
        return held && _time.GetElapsedTime(voucher!.GivenAt) <= ServedFor ? voucher : null;
    }

    private async Task<T> DoAsync<T>(Func<IDatabase, Task<T>> action, CancellationToken cancellationToken)
    {
        try
        {
            var database = await _connection.OpenAsync(cancellationToken);
            return await action(database).WaitAsync(_commandTimeout * 2, cancellationToken);
        }
        catch (Exception failure) when (RedisConnection.IsOutage(failure))
        {
            Disown();
            throw _connection.Unavailable(failure);
        }
    }

    /// <summary>Where a board is.</summary>
    internal static RedisKey BoardKey(LeaderboardOrder by, LeaderboardPeriod period, DateOnly start) => period switch
    {
        LeaderboardPeriod.Month => $"gavat:leaderboard:{Code(by)}:month:{start:yyyy-MM-dd}",
        LeaderboardPeriod.Week => $"gavat:leaderboard:{Code(by)}:week:{start:yyyy-MM-dd}",
        _ => $"gavat:leaderboard:{Code(by)}:all",
    };

    private static string Code(LeaderboardOrder by) => by switch
    {
        LeaderboardOrder.Earned => "earned",
        LeaderboardOrder.Spent => "spent",
        _ => "balance",
    };

    private static RedisValue MarkValue(CopyMark mark) => JsonSerializer.Serialize(mark, RedisJson.Default.CopyMark);

    private static CopyMark? ParseMark(RedisValue value)
    {
        try
        {
            return value.IsNull ? null : JsonSerializer.Deserialize((string)value!, RedisJson.Default.CopyMark);
        }
        catch (JsonException)
        {
            return null; // not ours: the boards are made anew
        }
    }

    /// <summary>Until when, and for which periods, the boards may be served.</summary>
    private sealed record Voucher(CopyMark Mark, DateTimeOffset AsOf, long GivenAt, DateOnly Month, DateOnly Week);

    /// <summary>A member's name and tier, as one text: account version, tier, pinned tier, end of the pin (microseconds since 1970), name.</summary>
    private static class BoardMember
    {
        public static string Write(LeaderboardMember member)
        {
            var pin = member.Account.Pin;
            var end = pin?.ExpiresAt is { } expires ? LedgerTime.ToUnixMicroseconds(expires).ToString(CultureInfo.InvariantCulture) : string.Empty;
            return string.Create(CultureInfo.InvariantCulture, $"{member.Account.Version}|{(int)member.Account.Tier}|{(pin is null ? string.Empty : (int)pin.Tier)}|{end}|{member.Username}");
        }

        public static long VersionOf(RedisValue value) => long.Parse(((string)value!).Split('|', 2)[0], CultureInfo.InvariantCulture);

        public static (string Username, Tier Tier) Read(RedisValue value, DateTimeOffset now)
        {
            var parts = ((string)value!).Split('|', 5);
            var tier = (Tier)int.Parse(parts[1], CultureInfo.InvariantCulture);
            var ends = parts[3].Length > 0 ? LedgerTime.FromUnixMicroseconds(long.Parse(parts[3], CultureInfo.InvariantCulture)) : (DateTimeOffset?)null;
            return parts[2].Length > 0 && (ends is null || now < ends)
                ? (parts[4], (Tier)int.Parse(parts[2], CultureInfo.InvariantCulture))
                : (parts[4], tier);
        }
    }
}
