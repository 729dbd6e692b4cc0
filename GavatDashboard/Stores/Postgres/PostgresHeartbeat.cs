using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using Npgsql;

namespace GavatDashboard.Stores.Postgres;

/// <summary>Writes this instance's heartbeat row and reads it back. It needs the ledger's schema, so a database that was not migrated does not pass.</summary>
internal sealed class PostgresHeartbeat(NpgsqlDataSource source, TimeProvider time) : IStoreHeartbeat
{
    private const string WriteSql =
        """
        INSERT INTO heartbeat AS h (id, beat, beat_at) VALUES ($1, 1, $2)
        ON CONFLICT (id) DO UPDATE SET beat = h.beat + 1, beat_at = excluded.beat_at
        RETURNING beat
        """;

    private const string FiguresSql =
        """
        SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'),
               (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
               current_setting('max_connections'),
               pg_database_size(current_database()),
               (SELECT count(*) FROM pg_stat_replication),
               (SELECT max(extract(epoch FROM replay_lag)) FROM pg_stat_replication)::float8,
               (SELECT seq FROM ledger_head WHERE id = 1)
        """;

    private readonly string _id = $"monitor:{Environment.MachineName}";

    public string ComponentId => ComponentIds.PostgreSql;

    public Task<HeartbeatReading> BeatAsync(CancellationToken cancellationToken) =>
        PostgresErrors.GuardAsync(mayHaveHappened: false, () => BeatOnceAsync(cancellationToken));

    private async Task<HeartbeatReading> BeatOnceAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var started = Stopwatch.GetTimestamp();
        var written = await WriteAsync(connection, cancellationToken);
        var read = await ReadAsync(connection, cancellationToken);
        var latencyMs = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        if (read < written)
        {
            throw new InvalidOperationException($"The heartbeat row was written as {written} and read as {read}.");
        }

        return new HeartbeatReading
        {
            Product = $"PostgreSQL {connection.ServerVersion}",
            LatencyMs = latencyMs,
            Details = await ReadFiguresAsync(connection, cancellationToken),
        };
    }

    private async Task<long> WriteAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var write = new NpgsqlCommand(WriteSql, connection);
        write.Parameters.Add(new NpgsqlParameter<string> { TypedValue = _id });
        write.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = time.GetUtcNow().UtcDateTime });
        return (long)(await write.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task<long> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var read = new NpgsqlCommand("SELECT beat FROM heartbeat WHERE id = $1", connection);
        read.Parameters.Add(new NpgsqlParameter<string> { TypedValue = _id });
        return await read.ExecuteScalarAsync(cancellationToken) is long beat
            ? beat
            : throw new InvalidOperationException("The heartbeat row that was written is not there.");
    }

    private static async Task<Dictionary<string, string>> ReadFiguresAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FiguresSql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        Dictionary<string, string> details = new(StringComparer.Ordinal)
        {
            ["version"] = connection.ServerVersion,
            ["server"] = $"{connection.Host}:{connection.Port}",
            ["database"] = connection.Database,
            ["connectionsActive"] = Text(reader.GetInt64(0)),
            ["connections"] = Text(reader.GetInt64(1)),
            ["connectionsMax"] = reader.GetString(2),
            ["databaseBytes"] = Text(reader.GetInt64(3)),
            ["replicas"] = Text(reader.GetInt64(4)),
            ["ledgerSequence"] = Text(reader.GetInt64(6)),
        };
        if (!reader.IsDBNull(5))
        {
            details["replicationLagSeconds"] = reader.GetDouble(5).ToString("0.###", CultureInfo.InvariantCulture);
        }

        var pool = new NpgsqlConnectionStringBuilder(connection.ConnectionString);
        details["poolMin"] = Text(pool.MinPoolSize);
        details["poolMax"] = Text(pool.MaxPoolSize);
        return details;
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
