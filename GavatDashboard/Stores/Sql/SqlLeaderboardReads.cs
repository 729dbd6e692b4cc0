using System.Data.Common;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Sql;

/// <summary>Leaderboards and sums, asked in the SQL that both stores understand.</summary>
internal sealed class SqlLeaderboardReads(SqlDialect dialect)
{
    /// <summary>The slices that make up a month or a week.</summary>
    private const string OfPeriod = "slice_start >= @start AND slice_start < @end";

    private readonly SqlRows _rows = new(dialect);

    public async Task<IReadOnlyList<LeaderboardRow>> ReadAsync(
        DbConnection connection, LeaderboardQuery query, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var sql = $"""
            SELECT v.place, v.value, u.username, {SqlRows.AccountColumns}
            FROM (SELECT user_id, value, rank() OVER (ORDER BY value DESC) AS place
                  FROM ({Values(query.By, query.Period)}) AS totals
                  ORDER BY value DESC, user_id LIMIT @limit OFFSET @offset) AS v
            JOIN users u ON u.user_id = v.user_id
            JOIN coin_balances b ON b.user_id = v.user_id
            ORDER BY v.place, v.user_id
            """;
        await using var command = SqlLedgerReads.Command(connection, sql);
        AddPeriod(command, query.Period, query.Start);
        dialect.Add(command, "limit", query.Limit);
        dialect.Add(command, "offset", query.Offset);
        return await SqlLedgerReads.ListAsync(command, row => Row(row, now), cancellationToken);
    }

    public async Task<IReadOnlyList<LeaderboardRow>?> FindAroundAsync(
        DbConnection connection, AroundQuery query, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // One statement, so that the place and the rows are of one instant.
        var sql = $"""
            WITH ranked AS MATERIALIZED (
                SELECT user_id, value, rank() OVER (ORDER BY value DESC) AS place, row_number() OVER (ORDER BY value DESC, user_id) AS number
                FROM ({Values(query.By, query.Period)}) AS totals),
            first AS (SELECT CASE WHEN number > @neighbours THEN number - @neighbours ELSE 1 END AS number FROM ranked WHERE user_id = @id)
            SELECT v.place, v.value, u.username, {SqlRows.AccountColumns}
            FROM ranked v
            JOIN first f ON v.number >= f.number AND v.number <= f.number + 2 * @neighbours
            JOIN users u ON u.user_id = v.user_id
            JOIN coin_balances b ON b.user_id = v.user_id
            ORDER BY v.number
            """;
        await using var command = SqlLedgerReads.Command(connection, sql);
        AddPeriod(command, query.Period, query.Start);
        dialect.Add(command, "id", query.UserId);
        dialect.Add(command, "neighbours", query.Neighbours);
        return await SqlLedgerReads.ListAsync(command, row => Row(row, now), cancellationToken) is { Count: > 0 } rows ? rows : null;
    }

    public async Task<IReadOnlyList<PeriodTotals>> ReadPeriodTotalsAsync(
        DbConnection connection, IReadOnlyCollection<string> userIds, LeaderboardPeriod period, DateOnly start, CancellationToken cancellationToken)
    {
        if (period == LeaderboardPeriod.All)
        {
            throw new ArgumentOutOfRangeException(nameof(period), period, "The totals of all time are in the accounts.");
        }

        await using var command = SqlLedgerReads.Command(
            connection, $"""
            SELECT user_id, CAST(sum(earned) AS bigint), CAST(sum(spent) AS bigint) FROM {SqlRows.LeaderboardSlices}
            WHERE {OfPeriod} AND {dialect.AnyOf("user_id", "ids")} GROUP BY user_id
            """);
        AddPeriod(command, period, start);
        dialect.AddTexts(command, "ids", userIds);
        return await SqlLedgerReads.ListAsync(
            command, row => new PeriodTotals(row.GetString(0), new CoinAmount(row.GetInt64(1)), new CoinAmount(row.GetInt64(2))), cancellationToken);
    }

    public async Task<LedgerTotals> ReadTotalsAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        // One statement sees one instant, so the sums fit together while others write.
        const string Sql = """
            SELECT (SELECT CAST(coalesce(sum(balance), 0) AS bigint) FROM coin_balances),
                   (SELECT count(*) FROM users WHERE user_id NOT LIKE 'system:%'),
                   contra_account, CAST(coalesce(sum(amount), 0) AS bigint), count(*)
            FROM coin_transactions GROUP BY contra_account
            UNION ALL
            SELECT (SELECT CAST(coalesce(sum(balance), 0) AS bigint) FROM coin_balances),
                   (SELECT count(*) FROM users WHERE user_id NOT LIKE 'system:%'), '', 0, 0
            """;
        await using var command = SqlLedgerReads.Command(connection, Sql);
        var rows = await SqlLedgerReads.ListAsync(
            command,
            row => (Balances: row.GetInt64(0), Users: row.GetInt64(1), Account: row.GetString(2), Amount: row.GetInt64(3), Entries: row.GetInt64(4)),
            cancellationToken);
        return new LedgerTotals(
            new CoinAmount(rows[0].Balances),
            new CoinAmount(rows.Sum(row => row.Amount)),
            rows[0].Users,
            rows.Sum(row => row.Entries),
            rows.Where(row => row.Account.Length > 0).ToDictionary(row => row.Account, row => new CoinAmount(-row.Amount)));
    }

    private static string Values(LeaderboardOrder by, LeaderboardPeriod period)
    {
        var value = by switch
        {
            LeaderboardOrder.Earned => "earned",
            LeaderboardOrder.Spent => "spent",
            _ => period == LeaderboardPeriod.All ? "balance" : "earned - spent",
        };
        return period == LeaderboardPeriod.All
            ? $"SELECT user_id, {value} AS value FROM coin_balances WHERE user_id NOT LIKE 'system:%'"
            : $"SELECT user_id, CAST(sum({value}) AS bigint) AS value FROM {SqlRows.LeaderboardSlices} WHERE {OfPeriod} GROUP BY user_id";
    }

    private void AddPeriod(DbCommand command, LeaderboardPeriod period, DateOnly start)
    {
        if (period == LeaderboardPeriod.All)
        {
            return;
        }

        dialect.AddDay(command, "start", start);
        dialect.AddDay(command, "end", period.EndOf(start));
    }

    private LeaderboardRow Row(DbDataReader row, DateTimeOffset now)
    {
        var account = _rows.Account(row, 3);
        return new LeaderboardRow(row.GetInt64(0), account.UserId, row.GetString(2), new CoinAmount(row.GetInt64(1)), account.EffectiveTier(now));
    }
}
