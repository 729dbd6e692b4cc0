using System.Data.Common;
using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Stores.Sqlite;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Mirror;

/// <summary>
/// Brings the fallback's file to where the primary stands, from one snapshot of it. What only grows is taken from where the
/// file ends; everything else is taken whole. It may be cut off anywhere and begun again.
/// </summary>
internal sealed class MirrorCopy(ILedgerStorage primary, FallbackDatabase fallback, MirrorJournal journal)
{
    /// <summary>Rows a transaction, so that the file's other writers wait for some 50 ms at most.</summary>
    private const int ChunkRows = 2_000;

    private static readonly SqlLedgerReads Reads = new(new SqliteDialect());

    /// <summary>Tables whose rows never change, with the column that grows.</summary>
    private static readonly (string Table, string Place)[] Growing = [("coin_transactions", "seq"), ("activities", "seq")];

    /// <summary>Tables whose rows change. The profiles are no part of the ledger.</summary>
    private static readonly string[] Changing =
        ["users", "coin_balances", "daily_limits", "coin_leaderboard", "kept_answers", "prices", "control", "outbox", "outbox_cursors"];

    /// <summary>Copies, and tells the head at which the file then stands.</summary>
    /// <exception cref="MirrorDivergedException">The file holds entries that the primary does not hold; nothing was changed.</exception>
    public Task<LedgerHead> RunAsync(CancellationToken cancellationToken) => primary.ReadSnapshotAsync(
        async (source, snapshot) =>
        {
            await RefuseForeignEntriesAsync(source, snapshot, cancellationToken);
            foreach (var (table, place) in Growing)
            {
                var from = await ScalarAsync<long>($"SELECT coalesce(max({place}), 0) FROM {table}", cancellationToken);
                await CopyAsync(source, snapshot, table, $"WHERE {place} > {from.ToString(CultureInfo.InvariantCulture)} ORDER BY {place}", cancellationToken);
            }

            await journal.WriteAsync((connection, transaction) => Execute(connection, transaction, "DELETE FROM outbox"));
            foreach (var table in Changing)
            {
                await CopyAsync(source, snapshot, table, string.Empty, cancellationToken);
            }

            await CopyAsync(source, snapshot, "ledger_head", string.Empty, cancellationToken);
            await CompareSumsAsync(source, snapshot, cancellationToken);
            await using var connection = await fallback.Database.OpenAsync(cancellationToken);
            return await Reads.ReadHeadAsync(connection, cancellationToken);
        },
        cancellationToken);

    private async Task RefuseForeignEntriesAsync(DbConnection source, DbTransaction snapshot, CancellationToken cancellationToken)
    {
        const string Last = "SELECT seq, chain_hash FROM coin_transactions ORDER BY seq DESC LIMIT 1";
        await using var connection = await fallback.Database.OpenAsync(cancellationToken);
        await using var last = SqlLedgerReads.Command(connection, Last);
        await using var reader = await last.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            return;
        }

        var (place, hash) = (reader.GetInt64(0), (byte[])reader[1]);
        await using var same = SqlLedgerReads.Command(
            source, $"SELECT chain_hash FROM coin_transactions WHERE seq = {place.ToString(CultureInfo.InvariantCulture)}");
        same.Transaction = snapshot;
        if (await same.ExecuteScalarAsync(cancellationToken) is not byte[] theirs || !hash.AsSpan().SequenceEqual(theirs))
        {
            throw new MirrorDivergedException(
                $"The last entry of the fallback's file, at place {place.ToString(CultureInfo.InvariantCulture)}, is not in the primary ledger.");
        }
    }

    private async Task CopyAsync(DbConnection source, DbTransaction snapshot, string table, string where, CancellationToken cancellationToken)
    {
        var columns = await ColumnsAsync(table, cancellationToken);
        await using var command = SqlLedgerReads.Command(source, $"SELECT {string.Join(", ", columns)} FROM {table} {where}");
        command.Transaction = snapshot;
        command.CommandTimeout = 120;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<object[]>(ChunkRows);
        var isMore = true;
        while (isMore)
        {
            rows.Clear();
            while (rows.Count < ChunkRows && (isMore = await reader.ReadAsync(cancellationToken)))
            {
                var row = new object[columns.Count];
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] = ToSqlite(reader.GetValue(i));
                }

                rows.Add(row);
            }

            if (rows.Count > 0)
            {
                await journal.WriteAsync((connection, transaction) => Insert(connection, transaction, table, columns, rows));
            }
        }
    }

    private static void Insert(
        SqliteConnection connection, SqliteTransaction transaction, string table, IReadOnlyList<string> columns, IReadOnlyList<object[]> rows)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText =
            $"INSERT OR REPLACE INTO {table} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", columns.Select((_, i) => $"${(i + 1).ToString(CultureInfo.InvariantCulture)}"))})";
        for (var i = 0; i < columns.Count; i++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = $"${(i + 1).ToString(CultureInfo.InvariantCulture)}" });
        }

        foreach (var row in rows)
        {
            for (var i = 0; i < row.Length; i++)
            {
                command.Parameters[i].Value = row[i];
            }

            command.ExecuteNonQuery();
        }
    }

    /// <summary>What was copied must say what the primary says, to the coin.</summary>
    private async Task CompareSumsAsync(DbConnection source, DbTransaction snapshot, CancellationToken cancellationToken)
    {
        foreach (var sql in (string[])
        [
            "SELECT count(*) FROM coin_transactions", "SELECT CAST(coalesce(sum(amount), 0) AS bigint) FROM coin_transactions",
            "SELECT count(*) FROM coin_balances", "SELECT CAST(coalesce(sum(balance), 0) AS bigint) FROM coin_balances",
            "SELECT count(*) FROM kept_answers", "SELECT count(*) FROM activities",
        ])
        {
            await using var command = SqlLedgerReads.Command(source, sql);
            command.Transaction = snapshot;
            var theirs = (long)(await command.ExecuteScalarAsync(cancellationToken))!;
            var ours = await ScalarAsync<long>(sql, cancellationToken);
            if (ours != theirs)
            {
                throw new MirrorDivergedException(
                    string.Create(CultureInfo.InvariantCulture, $"After copying, '{sql}' gives {ours} in the fallback's file and {theirs} in the primary ledger."));
            }
        }
    }

    private async Task<IReadOnlyList<string>> ColumnsAsync(string table, CancellationToken cancellationToken)
    {
        await using var connection = await fallback.Database.OpenAsync(cancellationToken);
        await using var command = SqlLedgerReads.Command(connection, $"SELECT name FROM pragma_table_info('{table}') ORDER BY cid");
        var columns = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            columns.Add(reader.GetString(0));
        }

        return columns;
    }

    private async Task<T> ScalarAsync<T>(string sql, CancellationToken cancellationToken)
    {
        await using var connection = await fallback.Database.OpenAsync(cancellationToken);
        await using var command = SqlLedgerReads.Command(connection, sql);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static void Execute(SqliteConnection connection, SqliteTransaction transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>A value of PostgreSQL as SQLite holds it; a value of SQLite stays what it is.</summary>
    private static object ToSqlite(object value) => value switch
    {
        DateTime instant => LedgerTime.ToUnixMicroseconds(new DateTimeOffset(instant.ToUniversalTime(), TimeSpan.Zero)),
        DateOnly day => SqliteDialect.ToText(day),
        Guid id => SqliteDialect.ToText(id),
        bool flag => flag ? 1L : 0L,
        _ => value,
    };
}

/// <summary>The fallback's file holds what the primary does not hold.</summary>
internal sealed class MirrorDivergedException(string message) : Exception(message);
