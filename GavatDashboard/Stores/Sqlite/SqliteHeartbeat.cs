using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Instances;
using GavatDashboard.Stores.Mirror;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Sqlite;

/// <summary>The heartbeat of the emergency fallback's file.</summary>
internal sealed class FallbackHeartbeat(FallbackDatabase fallback, MirrorStanding mirror, LedgerOwnership ownership, TimeProvider time) : IStoreHeartbeat
{
    public string ComponentId => ComponentIds.Sqlite;

    public async Task<HeartbeatReading> BeatAsync(CancellationToken cancellationToken)
    {
        var reading = await SqliteHeartbeat.BeatAsync(fallback.Database, time, standIn: null, cancellationToken);
        var status = mirror.Status;
        return reading with
        {
            Limitation = status.State switch
            {
                MirrorState.Following or MirrorState.Leading => null,
                // It is the owner's file that has to hold everything.
                MirrorState.Behind when !ownership.IsMine => null,
                MirrorState.Behind => $"it is being brought up to date and must not take over: {status.Reason}",
                _ => $"its ledger differs from the primary's and must not take over: {status.Reason}",
            },
            Details = new Dictionary<string, string>(reading.Details, StringComparer.Ordinal)
            {
                ["mirror"] = status.State.ToString().ToLowerInvariant(),
                ["mirrorMissedBatches"] = status.Missed.ToString(CultureInfo.InvariantCulture),
            },
        };
    }
}

/// <summary>The heartbeat of the file in PostgreSQL's place.</summary>
internal sealed class PrimaryStandInHeartbeat(PrimaryStandIn primary, TimeProvider time) : IStoreHeartbeat
{
    public string ComponentId => ComponentIds.PostgreSql;

    public Task<HeartbeatReading> BeatAsync(CancellationToken cancellationToken) =>
        SqliteHeartbeat.BeatAsync(primary.Database, time, standIn: "SQLite file in the place of PostgreSQL", cancellationToken);
}

/// <summary>Writes a heartbeat row into a ledger's file, reads it back on another connection, and checks that the ledger's tables are there.</summary>
internal static class SqliteHeartbeat
{
    private const string Id = "monitor";

    /// <summary>The tables that a ledger cannot do without.</summary>
    private static readonly string[] Tables =
        ["coin_balances", "coin_transactions", "daily_limits", "erko_profiles", "coin_leaderboard", "ledger_head", "heartbeat"];

    public static async Task<HeartbeatReading> BeatAsync(SqliteDatabase database, TimeProvider time, string? standIn, CancellationToken cancellationToken)
    {
        // A file that vanished would be made anew, empty, by opening it; that must not pass for the ledger.
        if (!File.Exists(database.Path))
        {
            throw new StoreUnavailableException(StoreKind.Sqlite, $"The file {database.Path} is not there.");
        }

        return await SqliteErrors.GuardAsync(mayHaveHappened: false, () => BeatInTurnAsync(database, time, standIn, cancellationToken), cancellationToken);
    }

    private static async Task<HeartbeatReading> BeatInTurnAsync(
        SqliteDatabase database, TimeProvider time, string? standIn, CancellationToken cancellationToken)
    {
        using var turn = await database.EnterWriterAsync(cancellationToken);
        await using var connection = await database.OpenAsync(cancellationToken);
        await CheckSchemaAsync(connection, cancellationToken);
        var started = Stopwatch.GetTimestamp();
        var written = await WriteAsync(connection, time.GetUtcNow(), cancellationToken);
        var read = (long)(await ScalarAsync(connection, $"SELECT beat FROM heartbeat WHERE id = '{Id}'", cancellationToken))!;
        var latencyMs = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        if (read < written)
        {
            throw new InvalidOperationException($"The heartbeat row was written as {written} and read as {read}.");
        }

        return new HeartbeatReading
        {
            Product = $"SQLite {connection.ServerVersion}",
            StandIn = standIn,
            LatencyMs = latencyMs,
            Details = await ReadFiguresAsync(database, connection, cancellationToken),
        };
    }

    private static async Task CheckSchemaAsync(SqliteConnection connection, CancellationToken cancellationToken)
    {
        HashSet<string> present = new(StringComparer.Ordinal);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM sqlite_schema WHERE type = 'table'";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            present.Add(reader.GetString(0));
        }

        var missing = Tables.Where(table => !present.Contains(table)).ToList();
        if (missing.Count > 0)
        {
            throw new InvalidOperationException($"The schema is not complete: {string.Join(", ", missing)} missing.");
        }
    }

    private static async Task<long> WriteAsync(SqliteConnection connection, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText =
            """
            INSERT INTO heartbeat (id, beat, beat_at) VALUES ($id, 1, $at)
            ON CONFLICT (id) DO UPDATE SET beat = beat + 1, beat_at = excluded.beat_at
            RETURNING beat
            """;
        command.Parameters.AddWithValue("$id", Id);
        command.Parameters.AddWithValue("$at", LedgerTime.ToUnixMicroseconds(now));
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<Dictionary<string, string>> ReadFiguresAsync(
        SqliteDatabase database, SqliteConnection connection, CancellationToken cancellationToken)
    {
        var pages = (long)(await ScalarAsync(connection, "PRAGMA page_count", cancellationToken))!;
        var pageSize = (long)(await ScalarAsync(connection, "PRAGMA page_size", cancellationToken))!;
        var sequence = (long)(await ScalarAsync(connection, "SELECT seq FROM ledger_head WHERE id = 1", cancellationToken))!;
        var wal = new FileInfo(database.Path + "-wal");
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["version"] = connection.ServerVersion,
            ["file"] = Path.GetFileName(database.Path),
            ["databaseBytes"] = Text(pages * pageSize),
            ["walBytes"] = Text(wal.Exists ? wal.Length : 0),
            ["ledgerSequence"] = Text(sequence),
            ["schema"] = "complete",
        };
    }

    private static async Task<object?> ScalarAsync(SqliteConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
