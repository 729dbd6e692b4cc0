using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores.Analysis;

/// <summary>Histories of many users at once: one question a kind of row, however many users are asked for.</summary>
internal sealed class SqlHistorySource(AnalysisDatabases databases) : IHistorySource
{
    private const int MostSharing = 20;
    private const int RefusalDays = 30;

    // A reversed spending is no purchase. There are few reversals, so the list is made once a query.
    internal static readonly string IsPurchase =
        $"t.type IN ({string.Join(", ", EntryType.All.Where(type => type.Direction == EntryDirection.Spend && !type.NeedsAdmin).Select(type => $"'{type.Code}'"))})"
        + " AND t.entry_id NOT IN (SELECT reversal_of FROM coin_transactions WHERE reversal_of IS NOT NULL)";

    public Task<HistoryBatch> LoadAsync(IReadOnlyCollection<string> userIds, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var database = databases.Current;
        return database.ReadAsync((connection, transaction) => LoadAsync(new(database.Dialect, connection, transaction, cancellationToken), userIds, now), cancellationToken);
    }

    public Task<IReadOnlyList<string>> ListDueAsync(DueQuery query, string afterUserId, int limit, CancellationToken cancellationToken) => AskDueAsync(
        query,
        afterUserId,
        due => $"SELECT u.user_id {due} ORDER BY u.user_id LIMIT @limit",
        async (dialect, command) =>
        {
            dialect.Sql.Add(command, "limit", limit);
            return await SqlLedgerReads.ListAsync(command, row => row.GetString(0), cancellationToken);
        },
        cancellationToken);

    public Task<long> CountDueAsync(DueQuery query, CancellationToken cancellationToken) => AskDueAsync(
        query, string.Empty, due => $"SELECT count(*) {due}", async (_, command) => (long)(await command.ExecuteScalarAsync(cancellationToken))!, cancellationToken);

    public Task<PopulationData> ReadPopulationAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var database = databases.Current;
        return database.ReadAsync((connection, transaction) => ReadPopulationAsync(new(database.Dialect, connection, transaction, cancellationToken), now), cancellationToken);
    }

    internal static async Task<HistoryBatch> LoadAsync(AnalysisSession session, IReadOnlyCollection<string> userIds, DateTimeOffset now)
    {
        var rows = new SqlRows(session.Dialect.Sql);
        var from = now.AddDays(-UserHistory.WindowDays);
        var accounts = await session.ListOfAsync(
            $"SELECT {SqlRows.AccountColumns}, {SqlRows.UserColumns} FROM users u JOIN coin_balances b ON b.user_id = u.user_id WHERE {{0}}", "u.user_id", userIds,
            row => (Account: rows.Account(row), User: rows.User(row, SqlRows.AccountColumnCount)));
        var entries = await ListEntriesAsync(session, userIds, from);
        var totals = await ListTotalsAsync(session, userIds, from);
        var activities = await ListActivitiesAsync(session, userIds, from);
        var refusals = (await session.ListOfAsync(
            "SELECT user_id, refusal, decided_at FROM kept_answers WHERE {0} AND decided_at >= @from AND kind = 'refused'", "user_id", userIds,
            row => (UserId: row.GetString(0), Refusal: new HistoryRefusal(session.Dialect.Sql.GetTime(row, 2), CodeOf(row.GetString(1)))),
            ("from", now.AddDays(-RefusalDays)))).ToLookup(row => row.UserId, row => row.Refusal, StringComparer.Ordinal);
        var referrals = await ReferralReads.ReadAsync(session, userIds);
        var devices = await ReadDevicesAsync(session, activities);
        var dismissals = (await session.ListOfAsync(
            $"SELECT {AnalysisTable.Dismissals.ColumnList} FROM erko_dismissals WHERE holds AND {{0}}", "user_id", userIds,
            row => ProfileRows.ToDismissal(AnalysisTable.Dismissals.Row(session.Dialect, row)))).ToLookup(dismissal => dismissal.UserId, StringComparer.Ordinal);
        var histories = accounts.Select(account => new UserHistory
        {
            User = account.User,
            Account = account.Account,
            Entries = [.. entries[account.User.Id]],
            LastEntryBefore = totals.GetValueOrDefault(account.User.Id).LastBefore,
            Purchases = totals.GetValueOrDefault(account.User.Id).Purchases,
            Activities = [.. activities[account.User.Id]],
            Refusals = [.. refusals[account.User.Id]],
            Referred = [.. referrals.Referred[account.User.Id]],
            ReferredBy = [.. referrals.ReferredBy[account.User.Id]],
            ReferralCycle = referrals.CycleOf(account.User.Id),
            SharedDevices = [.. devices.Shared[account.User.Id]],
            Dismissals = [.. dismissals[account.User.Id]],
            IsCut = entries[account.User.Id].Count() == UserHistory.MostRows || activities[account.User.Id].Count() == UserHistory.MostRows,
        });
        return new HistoryBatch([.. histories], devices.Uses);
    }

    private static async Task<ILookup<string, HistoryEntry>> ListEntriesAsync(AnalysisSession session, IReadOnlyCollection<string> userIds, DateTimeOffset from)
    {
        var sql = session.Dialect.Sql;
        var rows = await session.ListOfAsync(
            $$"""
              SELECT user_id, entry_id, seq, type, amount, related_user_id, reversal_of, effective_at, recorded_at FROM (
                  SELECT t.user_id, t.entry_id, t.seq, t.type, t.amount, t.related_user_id, t.reversal_of, t.effective_at, t.recorded_at,
                         row_number() OVER (PARTITION BY t.user_id ORDER BY t.effective_at DESC, t.seq DESC) AS place
                  FROM coin_transactions t WHERE {0} AND t.effective_at >= @from) AS newest
              WHERE place <= {{UserHistory.MostRows}}
              """,
            "t.user_id", userIds,
            row =>
            {
                var (effectiveAt, recordedAt) = (sql.GetTime(row, 7), sql.GetTime(row, 8));
                return (UserId: row.GetString(0), Entry: new HistoryEntry(
                    sql.GetId(row, 1), row.GetInt64(2), EntryType.FromStore(row.GetString(3)), row.GetInt64(4), row.IsDBNull(5) ? null : row.GetString(5),
                    row.IsDBNull(6) ? null : sql.GetId(row, 6), effectiveAt, HistoryEntry.IsTimeKnown(effectiveAt, recordedAt)));
            },
            ("from", from));
        return rows.ToLookup(row => row.UserId, row => row.Entry, StringComparer.Ordinal);
    }

    private static async Task<Dictionary<string, (DateTimeOffset? LastBefore, PurchaseHistory? Purchases)>> ListTotalsAsync(
        AnalysisSession session, IReadOnlyCollection<string> userIds, DateTimeOffset from)
    {
        var rows = await session.ListOfAsync(
            $$"""
              SELECT user_id, last_before, first_day, last_day, days, CAST(coins AS bigint) FROM (
                  SELECT t.user_id, max(CASE WHEN t.effective_at < @from THEN t.effective_at END) AS last_before,
                         {{PurchaseColumns(session.Dialect)}}
                  FROM coin_transactions t WHERE {0} GROUP BY t.user_id) AS totals
              """,
            "t.user_id", userIds, row => (UserId: row.GetString(0), LastBefore: session.Dialect.Sql.GetTimeOrNull(row, 1), Purchases: ToPurchases(row, 2)), ("from", from));
        return rows.ToDictionary(row => row.UserId, row => (row.LastBefore, row.Purchases), StringComparer.Ordinal);
    }

    private static string PurchaseColumns(AnalysisDialect dialect)
    {
        var day = $"CASE WHEN {IsPurchase} THEN {dialect.DayOf("t.effective_at")} END";
        return $"min({day}) AS first_day, max({day}) AS last_day, count(DISTINCT {day}) AS days, sum(CASE WHEN {IsPurchase} THEN -t.amount ELSE 0 END) AS coins";
    }

    private static PurchaseHistory? ToPurchases(DbDataReader row, int first) => row.IsDBNull(first)
        ? null
        : new(AnalysisDialect.ToDay(row.GetInt64(first)), AnalysisDialect.ToDay(row.GetInt64(first + 1)), (int)row.GetInt64(first + 2), row.GetInt64(first + 3));

    private static async Task<ILookup<string, HistoryActivity>> ListActivitiesAsync(AnalysisSession session, IReadOnlyCollection<string> userIds, DateTimeOffset from)
    {
        var rows = await session.ListOfAsync(
            $$"""
              SELECT user_id, at, device FROM (
                  SELECT a.user_id, a.at, CASE WHEN a.metadata LIKE '%"device%' THEN a.metadata END AS device,
                         row_number() OVER (PARTITION BY a.user_id ORDER BY a.at DESC) AS place
                  FROM activities a WHERE {0} AND a.at >= @from) AS newest
              WHERE place <= {{UserHistory.MostRows}}
              """,
            "a.user_id", userIds,
            row => (UserId: row.GetString(0), Activity: new HistoryActivity(session.Dialect.Sql.GetTime(row, 1), row.IsDBNull(2) ? null : DeviceIn(row.GetString(2)))),
            ("from", from));
        return rows.ToLookup(row => row.UserId, row => row.Activity, StringComparer.Ordinal);
    }

    /// <summary>Who else uses the devices of these users: those who were analysed before, and those of the same batch.</summary>
    private static async Task<(ILookup<string, SharedDevice> Shared, IReadOnlyList<DeviceUse> Uses)> ReadDevicesAsync(AnalysisSession session, ILookup<string, HistoryActivity> activities)
    {
        var uses = activities
            .SelectMany(user => user.Where(activity => activity.Device is not null).GroupBy(activity => activity.Device!, StringComparer.Ordinal)
                .Select(device => new DeviceUse(user.Key, device.Key, device.Min(activity => activity.At), device.Max(activity => activity.At))))
            .ToList();
        var kept = await session.ListOfAsync(
            "SELECT device, user_id FROM erko_devices WHERE {0}", "device", [.. uses.Select(use => use.Device).Distinct(StringComparer.Ordinal)],
            row => (Device: row.GetString(0), UserId: row.GetString(1)));
        var users = kept.Concat(uses.Select(use => (use.Device, use.UserId))).Distinct().ToLookup(use => use.Device, use => use.UserId, StringComparer.Ordinal);
        var shared = uses.Select(use => (use.UserId, Device: new SharedDevice(
                use.Device, [.. users[use.Device].Where(other => other != use.UserId).Order(StringComparer.Ordinal).Take(MostSharing)])))
            .Where(use => use.Device.Users.Count > 0)
            .ToLookup(use => use.UserId, use => use.Device, StringComparer.Ordinal);
        return (shared, uses);
    }

    /// <summary>The device that a caller named: a text under <c>device</c> or <c>deviceId</c>.</summary>
    private static string? DeviceIn(string metadata)
    {
        using var document = JsonDocument.Parse(metadata);
        return document.RootElement.ValueKind == JsonValueKind.Object
            && (document.RootElement.TryGetProperty("deviceId", out var device) || document.RootElement.TryGetProperty("device", out device))
            && device.ValueKind == JsonValueKind.String && device.GetString() is { Length: > 0 and <= 200 } name
            ? name
            : null;
    }

    private static string CodeOf(string refusal) => JsonSerializer.Deserialize<Refusal>(refusal)!.Code;

    private Task<T> AskDueAsync<T>(DueQuery query, string afterUserId, Func<string, string> select, Func<AnalysisDialect, DbCommand, Task<T>> ask, CancellationToken cancellationToken)
    {
        // A ghost stays one until something happens; everybody else's profile also changes with the days.
        const string Changed = """
            AND (p.user_id IS NULL OR p.rule_set_version <> @rules OR p.account_version <> b.version
                OR (p.segment <> 'ghost' AND p.analysed_at < @today)
                OR EXISTS (SELECT 1 FROM activities a WHERE a.user_id = u.user_id AND a.at > p.analysed_at)
                OR EXISTS (SELECT 1 FROM kept_answers k WHERE k.user_id = u.user_id AND k.decided_at > p.analysed_at))
            """;

        // Where a page begins is said of each table: joined in the order of their ids, the others would be read from the first user on.
        const string Users = """
            FROM users u JOIN coin_balances b ON b.user_id = u.user_id AND b.user_id > @after LEFT JOIN erko_profiles p ON p.user_id = u.user_id AND p.user_id > @after
            WHERE u.user_id > @after AND u.user_id NOT LIKE 'system:%' AND (p.user_id IS NULL OR p.analysed_at < @started)
            """;
        var database = databases.Current;
        return database.ReadAsync(
            async (connection, transaction) =>
            {
                var incremental = query.Kind == BatchKind.Incremental;
                await using var command = database.Dialect.Command(connection, transaction, select(incremental ? $"{Users} {Changed}" : Users));
                database.Dialect.Sql.Add(command, "after", afterUserId);
                database.Dialect.Sql.AddTime(command, "started", query.StartedAt);
                if (incremental)
                {
                    database.Dialect.Sql.Add(command, "rules", query.RuleSetVersion);
                    database.Dialect.Sql.AddTime(command, "today", new DateTimeOffset(query.StartedAt.UtcDateTime.Date, TimeSpan.Zero));
                }

                return await ask(database.Dialect, command);
            },
            cancellationToken);
    }

    private static async Task<PopulationData> ReadPopulationAsync(AnalysisSession session, DateTimeOffset now)
    {
        var dialect = session.Dialect;
        await using var buying = dialect.Command(session.Connection, session.Transaction, $$"""
            SELECT min(day), max(day), count(*), CAST(sum(coins) AS bigint), min(day) FILTER (WHERE day < @start), max(day) FILTER (WHERE day < @start),
                   count(*) FILTER (WHERE day < @start), CAST(sum(coins) FILTER (WHERE day < @start) AS bigint)
            FROM (SELECT t.user_id, {{dialect.DayOf("t.effective_at")}} AS day, sum(-t.amount) AS coins
                  FROM coin_transactions t WHERE t.user_id NOT LIKE 'system:%' AND {{IsPurchase}} GROUP BY t.user_id, {{dialect.DayOf("t.effective_at")}}) AS days
            GROUP BY user_id
            """);
        dialect.Sql.Add(buying, "start", AnalysisDialect.ToNumber(Holdout.StartOf(DateOnly.FromDateTime(now.UtcDateTime))));
        var customers = await SqlLedgerReads.ListAsync(buying, row => new CustomerPurchases(ToPurchases(row, 0)!, ToPurchases(row, 4)), session.CancellationToken);
        await using var coming = dialect.Command(session.Connection, session.Transaction, string.Create(CultureInfo.InvariantCulture, $$"""
            SELECT b.last_activity_at, coalesce(d.days, 0), CAST(coalesce(s.coins, 0) AS bigint) FROM users u JOIN coin_balances b ON b.user_id = u.user_id
            LEFT JOIN (SELECT user_id, count(*) AS days FROM (
                    SELECT t.user_id, {{dialect.DayOf("t.effective_at")}} AS day FROM coin_transactions t WHERE t.effective_at > @from
                    UNION SELECT a.user_id, {{dialect.DayOf("a.at")}} FROM activities a WHERE a.at > @from) AS seen GROUP BY user_id) AS d ON d.user_id = u.user_id
            LEFT JOIN (SELECT t.user_id, sum(-t.amount) AS coins FROM coin_transactions t WHERE t.effective_at >= @from AND {{IsPurchase}} GROUP BY t.user_id) AS s ON s.user_id = u.user_id
            WHERE b.last_activity_at IS NOT NULL AND u.user_id NOT LIKE 'system:%'
            """));
        dialect.Sql.AddTime(coming, "from", now.AddDays(-90));
        var rfm = await SqlLedgerReads.ListAsync(
            coming, row => (Math.Max(0, (long)(now - dialect.Sql.GetTime(row, 0)).TotalDays), row.GetInt64(1), row.GetInt64(2)), session.CancellationToken);
        return new PopulationData(customers, rfm);
    }
}
