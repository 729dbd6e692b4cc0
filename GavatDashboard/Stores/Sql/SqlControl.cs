using System.Data.Common;

namespace GavatDashboard.Stores.Sql;

/// <summary>The table <c>control</c>, asked in the SQL that both stores understand.</summary>
internal sealed class SqlControl(SqlDialect dialect)
{
    public async Task<string?> FindAsync(DbConnection connection, string key, CancellationToken cancellationToken)
    {
        await using var command = SqlLedgerReads.Command(connection, "SELECT value FROM control WHERE key = @key");
        dialect.Add(command, "key", key);
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }

    public async Task<int> SetAsync(DbConnection connection, string key, string value, DateTimeOffset now, CancellationToken cancellationToken)
    {
        const string Sql = """
            INSERT INTO control (key, value, updated_at) VALUES (@key, @value, @now)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
            """;
        await using var command = SqlLedgerReads.Command(connection, Sql);
        dialect.Add(command, "key", key);
        dialect.Add(command, "value", value);
        dialect.AddTime(command, "now", now);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Adds one to a number, or raises it to a floor, and tells the new one, in one statement, so that no two callers get the same.</summary>
    public async Task<long> IncrementAsync(DbConnection connection, string key, long atLeast, DateTimeOffset now, CancellationToken cancellationToken)
    {
        const string Sql = """
            INSERT INTO control (key, value, updated_at) VALUES (@key, @floor, @now)
            ON CONFLICT (key) DO UPDATE SET
                value = CASE WHEN CAST(control.value AS bigint) >= CAST(excluded.value AS bigint)
                             THEN CAST(CAST(control.value AS bigint) + 1 AS text) ELSE excluded.value END,
                updated_at = excluded.updated_at
            RETURNING value
            """;
        await using var command = SqlLedgerReads.Command(connection, Sql);
        dialect.Add(command, "key", key);
        dialect.Add(command, "floor", atLeast.ToString(System.Globalization.CultureInfo.InvariantCulture));
        dialect.AddTime(command, "now", now);
        return long.Parse((string)(await command.ExecuteScalarAsync(cancellationToken))!, System.Globalization.CultureInfo.InvariantCulture);
    }
}
