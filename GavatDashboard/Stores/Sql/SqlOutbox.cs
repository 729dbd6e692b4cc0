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
        await using var command = Command(connection, transaction, "SELECT seq, kind, reference, user_id FROM outbox WHERE seq > @after ORDER BY seq LIMIT @limit");
        dialect.Add(command, "after", afterSequence);
        dialect.Add(command, "limit", limit);
        var events = await SqlLedgerReads.ListAsync(
            command,
            row => new OutboxEvent(row.GetInt64(0), Enum.Parse<OutboxKind>(row.GetString(1), ignoreCase: true), row.GetString(2), row.GetString(3)),
            cancellationToken);
        var users = events.Select(item => item.UserId).Where(id => id.Length > 0).Distinct(StringComparer.Ordinal).ToArray();
        var entries = await AboutAsync(SqlRows.EntryColumns, "coin_transactions t", "t.entry_id", "t.seq", OutboxKind.Entry, _rows.Entry);
        var days = entries.Select(entry => DateOnly.FromDateTime(entry.RecordedAt.UtcDateTime)).Distinct().ToArray();
        return new OutboxBatch(
            events,
            entries,
            await AboutAsync(SqlRows.ActivityColumns, "activities", "event_id", "seq", OutboxKind.Activity, _rows.Activity),
            await OfUsersAsync($"SELECT {SqlRows.AccountColumns} FROM coin_balances b WHERE {dialect.AnyOf("b.user_id", "ids")}", users, _rows.Account),
            await OfUsersAsync($"SELECT {SqlRows.UserColumns} FROM users u WHERE {dialect.AnyOf("u.user_id", "ids")}", users, _rows.User),
            await UsageAsync(users, days));

        async Task<IReadOnlyList<T>> AboutAsync<T>(string columns, string table, string id, string order, OutboxKind kind, Func<DbDataReader, T> map)
        {
            var ids = events.Where(item => item.Kind == kind).Select(item => Guid.Parse(item.Reference, CultureInfo.InvariantCulture)).ToArray();
            if (ids.Length == 0)
            {
                return [];
            }

            await using var about = Command(connection, transaction, $"SELECT {columns} FROM {table} WHERE {dialect.AnyOf(id, "ids")} ORDER BY {order}");
            dialect.AddIds(about, "ids", ids);
            return await SqlLedgerReads.ListAsync(about, map, cancellationToken);
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
                connection, transaction, $"SELECT {SqlRows.UsageColumns} FROM daily_limits WHERE {dialect.AnyOf("user_id", "ids")} AND day >= @first AND day <= @last");
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

    private static DbCommand Command(DbConnection connection, DbTransaction transaction, string sql)
    {
        var command = SqlLedgerReads.Command(connection, sql);
        command.Transaction = transaction;
        return command;
    }
}
