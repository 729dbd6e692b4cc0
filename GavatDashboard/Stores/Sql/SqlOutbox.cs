using System.Data.Common;
using System.Globalization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Sql;

/// <summary>The outbox, asked in the SQL that both stores understand.</summary>
internal sealed class SqlOutbox(SqlDialect dialect)
{
    private readonly SqlRows _rows = new(dialect);

    public async Task<OutboxBatch> ReadAsync(
        DbConnection connection, DbTransaction transaction, long afterSequence, int limit, CancellationToken cancellationToken)
    {
        var entries = await AfterAsync($"SELECT {SqlRows.EntryColumns} FROM coin_transactions t WHERE t.seq > @after ORDER BY t.seq LIMIT @limit", _rows.Entry);
        var others = await AfterAsync("SELECT seq, kind, reference, user_id FROM outbox WHERE seq > @after ORDER BY seq LIMIT @limit", Event);
        var events = InSequence(entries, others, limit);
        entries = [.. entries.TakeWhile(entry => events.Count > 0 && entry.Sequence <= events[^1].Sequence)];
        var users = events.Select(item => item.UserId).Where(id => id.Length > 0).Distinct(StringComparer.Ordinal).ToArray();
        var days = entries.Select(entry => DateOnly.FromDateTime(entry.RecordedAt.UtcDateTime)).Distinct().ToArray();
        return new OutboxBatch(
            events,
            entries,
            await ActivitiesAsync(),
            await OfUsersAsync($"SELECT {SqlRows.AccountColumns} FROM coin_balances b WHERE {dialect.AnyOf("b.user_id", "ids")}", users, _rows.Account),
            await OfUsersAsync($"SELECT {SqlRows.UserColumns} FROM {SqlRows.UserTables} WHERE {dialect.AnyOf("u.user_id", "ids")}", users, _rows.User),
            await UsageAsync(users, days));

        async Task<IReadOnlyList<T>> AfterAsync<T>(string sql, Func<DbDataReader, T> map)
        {
            await using var after = Command(connection, transaction, sql);
            dialect.Add(after, "after", afterSequence);
            dialect.Add(after, "limit", limit);
            return await SqlLedgerReads.ListAsync(after, map, cancellationToken);
        }

        async Task<IReadOnlyList<ActivityEvent>> ActivitiesAsync()
        {
            var ids = events.Where(item => item.Kind == OutboxKind.Activity).Select(item => Guid.Parse(item.Reference, CultureInfo.InvariantCulture)).ToArray();
            if (ids.Length == 0)
            {
                return [];
            }

            await using var about = Command(connection, transaction, $"SELECT {SqlRows.ActivityColumns} FROM activities WHERE {dialect.AnyOf("event_id", "ids")} ORDER BY seq");
            dialect.AddIds(about, "ids", ids);
            return await SqlLedgerReads.ListAsync(about, _rows.Activity, cancellationToken);
        }

        async Task<IReadOnlyList<T>> OfUsersAsync<T>(string sql, string[] ids, Func<DbDataReader, T> map)
        {
            if (ids.Length == 0)
            {
                return [];
            }

            await using var of = Command(connection, transaction, sql);
            dialect.AddTexts(of, "ids", ids);
            return await SqlLedgerReads.ListAsync(of, map, cancellationToken);
        }

        async Task<IReadOnlyList<DayUsage>> UsageAsync(string[] ids, DateOnly[] on)
        {
            if (ids.Length == 0 || on.Length == 0)
            {
                return [];
            }

            await using var usage = Command(
                connection, transaction, $"SELECT {SqlRows.UsageColumns} FROM {SqlRows.UsageByDay} WHERE {dialect.AnyOf("user_id", "ids")} AND day >= @first AND day <= @last");
            dialect.AddTexts(usage, "ids", ids);
            dialect.AddDay(usage, "first", on.Min());
            dialect.AddDay(usage, "last", on.Max());
            return await SqlLedgerReads.ListAsync(usage, _rows.Usage, cancellationToken);
        }
    }

    public async Task<long> ReadCursorAsync(DbConnection connection, string consumer, CancellationToken cancellationToken)
    {
        await using var command = SqlLedgerReads.Command(connection, "SELECT seq FROM outbox_cursors WHERE consumer = @consumer");
        dialect.Add(command, "consumer", consumer);
        return await command.ExecuteScalarAsync(cancellationToken) is long sequence ? sequence : 0;
    }

    public async Task<int> SaveCursorAsync(DbConnection connection, string consumer, long sequence, DateTimeOffset now, CancellationToken cancellationToken)
    {
        const string Sql = """
            INSERT INTO outbox_cursors (consumer, seq, updated_at) VALUES (@consumer, @seq, @now)
            ON CONFLICT (consumer) DO UPDATE SET seq = excluded.seq, updated_at = excluded.updated_at
            WHERE excluded.seq = 0 OR excluded.seq > outbox_cursors.seq
            """;
        await using var command = SqlLedgerReads.Command(connection, Sql);
        dialect.Add(command, "consumer", consumer);
        dialect.Add(command, "seq", sequence);
        dialect.AddTime(command, "now", now);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<long> TrimAsync(DbConnection connection, long throughSequence, CancellationToken cancellationToken)
    {
        await using var command = SqlLedgerReads.Command(connection, "DELETE FROM outbox WHERE seq <= @through");
        dialect.Add(command, "through", throughSequence);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static OutboxEvent Event(DbDataReader row) =>
        new(row.GetInt64(0), Enum.Parse<OutboxKind>(row.GetString(1), ignoreCase: true), row.GetString(2), row.GetString(3));

    /// <summary>
    /// Entries and other events in the order of the log, up to its first gap: there, events were dropped that the reader never saw, and it
    /// has to notice that before anything behind it.
    /// </summary>
    private static List<OutboxEvent> InSequence(IReadOnlyList<Entry> entries, IReadOnlyList<OutboxEvent> others, int limit)
    {
        var merged = entries.Select(entry => new OutboxEvent(entry.Sequence, OutboxKind.Entry, entry.Id.ToString(), entry.UserId))
            .Concat(others).OrderBy(item => item.Sequence).Take(limit);
        var events = new List<OutboxEvent>();
        foreach (var item in merged)
        {
            if (events.Count > 0 && item.Sequence != events[^1].Sequence + 1)
            {
                break;
            }

            events.Add(item);
        }

        return events;
    }

    private static DbCommand Command(DbConnection connection, DbTransaction transaction, string sql)
    {
        var command = SqlLedgerReads.Command(connection, sql);
        command.Transaction = transaction;
        return command;
    }
}
