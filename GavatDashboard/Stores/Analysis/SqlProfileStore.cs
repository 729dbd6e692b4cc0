using System.Data.Common;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores.Analysis;

/// <summary>Profiles and their history, beside whichever ledger counts now.</summary>
internal sealed class SqlProfileStore(AnalysisDatabases databases, TimeProvider time) : IProfileStore
{
    public Task<IReadOnlyList<ProfileChange>> SaveAsync(
        IReadOnlyList<UserProfile> profiles, IReadOnlyList<DeviceUse> devices, CancellationToken cancellationToken)
    {
        var database = databases.Current;
        return database.WriteAsync((connection, transaction) => SaveAsync(new(database.Dialect, connection, transaction, cancellationToken), profiles, devices), cancellationToken);
    }

    public async Task<UserProfile?> FindAsync(string userId, CancellationToken cancellationToken) =>
        (await ListAsync("WHERE user_id = @id", (command, sql) => sql.Add(command, "id", userId), cancellationToken)).SingleOrDefault();

    public Task<IReadOnlyList<ProfileCount>> CountAsync(CancellationToken cancellationToken)
    {
        var database = databases.Current;
        return database.ReadAsync(
            async (connection, transaction) =>
            {
                await using var command = database.Dialect.Command(
                    connection, transaction, "SELECT segment, risk_level, count(*) FROM erko_profiles WHERE user_id NOT LIKE 'system:%' GROUP BY segment, risk_level");
                return await SqlLedgerReads.ListAsync(
                    command, row => new ProfileCount(ProfileRows.SegmentOf(row.GetString(0)), ProfileRows.RiskOf(row.GetString(1)), row.GetInt64(2)), cancellationToken);
            },
            cancellationToken);
    }

    public Task<IReadOnlyDictionary<string, string>> ReadNamesAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken)
    {
        var database = databases.Current;
        return database.ReadAsync<IReadOnlyDictionary<string, string>>(
            async (connection, transaction) =>
            {
                var session = new AnalysisSession(database.Dialect, connection, transaction, cancellationToken);
                var rows = await session.ListOfAsync("SELECT user_id, username FROM users WHERE {0}", "user_id", userIds, row => (Id: row.GetString(0), Name: row.GetString(1)));
                return rows.ToDictionary(row => row.Id, row => row.Name, StringComparer.Ordinal);
            },
            cancellationToken);
    }

    public Task<IReadOnlyList<UserProfile>> ListRiskAsync(RiskLevel atLeast, int limit, CancellationToken cancellationToken)
    {
        var levels = Enum.GetValues<RiskLevel>().Where(level => level >= atLeast).Select(level => level.ToCode()).ToArray();
        return ListAsync(
            $"WHERE {databases.Current.Dialect.Sql.AnyOf("risk_level", "levels")} ORDER BY risk_points DESC, user_id LIMIT @limit",
            (command, sql) =>
            {
                sql.AddTexts(command, "levels", levels);
                sql.Add(command, "limit", limit);
            },
            cancellationToken);
    }

    public Task<IReadOnlyList<UserProfile>> ListSegmentAsync(Segment? segment, string afterUserId, int limit, CancellationToken cancellationToken) => ListAsync(
        segment is null ? "WHERE user_id > @after ORDER BY user_id LIMIT @limit" : "WHERE segment = @segment AND user_id > @after ORDER BY user_id LIMIT @limit",
        (command, sql) =>
        {
            sql.Add(command, "after", afterUserId);
            sql.Add(command, "limit", limit);
            if (segment is { } one)
            {
                sql.Add(command, "segment", one.ToCode());
            }
        },
        cancellationToken);

    public Task<IReadOnlyList<ProfileChange>> ListChangesAsync(string userId, int limit, CancellationToken cancellationToken)
    {
        var (database, table) = (databases.Current, AnalysisTable.Changes);
        return database.ReadAsync(
            async (connection, transaction) =>
            {
                await using var command = database.Dialect.Command(
                    connection, transaction, $"SELECT {table.ColumnList} FROM {table.Name} WHERE user_id = @id ORDER BY at DESC, change_id DESC LIMIT @limit");
                database.Dialect.Sql.Add(command, "id", userId);
                database.Dialect.Sql.Add(command, "limit", limit);
                return await SqlLedgerReads.ListAsync(command, row => ProfileRows.ToChange(table.Row(database.Dialect, row)), cancellationToken);
            },
            cancellationToken);
    }

    public Task<IReadOnlyList<SegmentMove>> ReadMovesAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        const string Sql = """
            SELECT came_from, went_to, count(*) FROM (
              SELECT coalesce(first_change.came_from, (
                    SELECT e.to_value FROM erko_changes e WHERE e.user_id = first_change.user_id AND e.kind = 'segment' AND e.at < @from
                    ORDER BY e.at DESC, e.change_id DESC LIMIT 1)) AS came_from, first_change.went_to
              FROM (
                SELECT user_id, first_value(from_value) OVER (PARTITION BY user_id ORDER BY at, change_id) AS came_from,
                       first_value(to_value) OVER (PARTITION BY user_id ORDER BY at DESC, change_id DESC) AS went_to,
                       row_number() OVER (PARTITION BY user_id ORDER BY at, change_id) AS place
                FROM erko_changes WHERE kind = 'segment' AND at >= @from AND at < @to) AS first_change
              WHERE place = 1) AS moves
            WHERE came_from IS NULL OR came_from <> went_to
            GROUP BY came_from, went_to ORDER BY count(*) DESC, came_from, went_to
            """;
        var database = databases.Current;
        return database.ReadAsync(
            async (connection, transaction) =>
            {
                await using var command = database.Dialect.Command(connection, transaction, Sql);
                database.Dialect.Sql.AddTime(command, "from", from);
                database.Dialect.Sql.AddTime(command, "to", to);
                return await SqlLedgerReads.ListAsync(
                    command,
                    row => new SegmentMove(row.IsDBNull(0) ? null : ProfileRows.SegmentOf(row.GetString(0)), ProfileRows.SegmentOf(row.GetString(1)), row.GetInt64(2)),
                    cancellationToken);
            },
            cancellationToken);
    }

    public async Task NoteDayAsync(DateOnly day, CancellationToken cancellationToken)
    {
        var counts = (await CountAsync(cancellationToken)).ToLookup(count => count.Segment, count => count.Users);
        await AddPastAsync([], [.. AnalysisCodes.Segments.Select(segment => new SegmentDay(day, segment, counts[segment].Sum()))], cancellationToken);
    }

    public Task AddPastAsync(IReadOnlyList<ProfileChange> changes, IReadOnlyList<SegmentDay> days, CancellationToken cancellationToken)
    {
        var (database, now) = (databases.Current, LedgerTime.Truncate(time.GetUtcNow()));
        return database.WriteAsync(
            async (connection, transaction) =>
            {
                var session = new AnalysisSession(database.Dialect, connection, transaction, cancellationToken);
                await session.PutAsync(AnalysisTable.Changes, changes.Select(ProfileRows.Of));
                await session.PutAsync(AnalysisTable.Days, days.Select(day => new object?[] { day.Day, day.Segment.ToCode(), day.Users, now }));
                return true;
            },
            cancellationToken);
    }

    public Task<IReadOnlyList<SegmentDay>> ReadDaysAsync(DateOnly from, CancellationToken cancellationToken)
    {
        var database = databases.Current;
        return database.ReadAsync(
            async (connection, transaction) =>
            {
                await using var command = database.Dialect.Command(connection, transaction, "SELECT day, segment, users FROM erko_days WHERE day >= @from ORDER BY day, segment");
                database.Dialect.Sql.AddDay(command, "from", from);
                return await SqlLedgerReads.ListAsync(
                    command, row => new SegmentDay(database.Dialect.Sql.GetDay(row, 0), ProfileRows.SegmentOf(row.GetString(1)), row.GetInt64(2)), cancellationToken);
            },
            cancellationToken);
    }

    private static async Task<IReadOnlyList<ProfileChange>> SaveAsync(AnalysisSession session, IReadOnlyList<UserProfile> profiles, IReadOnlyList<DeviceUse> devices)
    {
        var heads = (await session.ListOfAsync(
            "SELECT user_id, segment, risk_level, analysed_at FROM erko_profiles WHERE {0}", "user_id", [.. profiles.Select(profile => profile.UserId)],
            row => ProfileRows.ToHead(session.Dialect, row))).ToDictionary(head => head.UserId, StringComparer.Ordinal);
        var newer = profiles.Where(profile => !heads.TryGetValue(profile.UserId, out var head) || head.AnalysedAt <= LedgerTime.Truncate(profile.AnalysedAt)).ToList();
        var changes = newer.SelectMany(profile => ProfileChange.Between(heads.GetValueOrDefault(profile.UserId), profile)).ToList();
        await session.PutAsync(AnalysisTable.Profiles, newer.Select(ProfileRows.Of));
        await ReplaceFlagsAsync(session, newer);
        await session.PutAsync(AnalysisTable.Changes, changes.Select(ProfileRows.Of));
        await session.PutAsync(AnalysisTable.Devices, devices.Select(ProfileRows.Of));
        await AlertWrites.OpenAsync(session, changes);
        return changes;
    }

    /// <summary>Puts the flags of profiles in the place of the older ones.</summary>
    internal static async Task ReplaceFlagsAsync(AnalysisSession session, IReadOnlyCollection<UserProfile> profiles)
    {
        await session.ExecuteOfAsync("DELETE FROM erko_flags WHERE {0}", "user_id", [.. profiles.Select(profile => profile.UserId)]);
        await session.PutAsync(AnalysisTable.Flags, profiles.SelectMany(ProfileRows.OfFlags));
    }

    private Task<IReadOnlyList<UserProfile>> ListAsync(string where, Action<DbCommand, SqlDialect> add, CancellationToken cancellationToken)
    {
        var database = databases.Current;
        return database.ReadAsync<IReadOnlyList<UserProfile>>(
            async (connection, transaction) =>
            {
                await using var command = database.Dialect.Command(connection, transaction, $"SELECT document FROM erko_profiles {where}");
                add(command, database.Dialect.Sql);
                var documents = await SqlLedgerReads.ListAsync(command, row => AnalysisJson.ReadProfile(row.GetString(0)), cancellationToken);
                return [.. documents.OfType<UserProfile>()];
            },
            cancellationToken);
    }
}
