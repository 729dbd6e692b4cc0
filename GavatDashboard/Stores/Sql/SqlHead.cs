using System.Data.Common;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Sql;

/// <summary>The whole row of a ledger's head: the end of the log, and whose reign it is.</summary>
/// <param name="Head">The end of the log.</param>
/// <param name="Owner">The instance that may write; empty where none has claimed it.</param>
/// <param name="Mode"><c>primary</c>, or <c>fallback</c> where the fallback's word counts.</param>
/// <param name="ClosedEpoch">The last epoch that was closed.</param>
internal sealed record ControlledHead(LedgerHead Head, string Owner, string Mode, long ClosedEpoch)
{
    public const string Primary = "primary";

    public const string Fallback = "fallback";
}

/// <summary>Another reign.</summary>
internal sealed record Reign(long Epoch, string Owner, string Mode, long ClosedEpoch);

/// <summary>Reads and changes the row of the head, in the SQL that both stores understand.</summary>
internal sealed class SqlHead(SqlDialect dialect)
{
    /// <summary>Reads the row; with <paramref name="isLocked"/> it keeps writers out until the transaction ends.</summary>
    public async Task<ControlledHead> ReadAsync(DbConnection connection, DbTransaction? transaction, bool isLocked, CancellationToken cancellationToken)
    {
        await using var command = SqlLedgerReads.Command(
            connection, $"SELECT epoch, seq, chain_hash, revision, owner, mode, closed_epoch FROM ledger_head WHERE id = 1 {(isLocked ? dialect.LockHead : string.Empty)}");
        command.Transaction = transaction;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new ControlledHead(
                new LedgerHead(reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2), reader.GetInt64(3)),
                reader.GetString(4),
                reader.GetString(5),
                reader.GetInt64(6))
            : throw new InvalidOperationException("The table ledger_head is empty: the store was not migrated, or it is damaged.");
    }

    /// <summary>Begins another reign.</summary>
    public async Task<int> SetAsync(DbConnection connection, DbTransaction transaction, Reign reign, CancellationToken cancellationToken)
    {
        await using var command = SqlLedgerReads.Command(
            connection, "UPDATE ledger_head SET epoch = @epoch, owner = @owner, mode = @mode, closed_epoch = @closed WHERE id = 1");
        command.Transaction = transaction;
        dialect.Add(command, "epoch", reign.Epoch);
        dialect.Add(command, "owner", reign.Owner);
        dialect.Add(command, "mode", reign.Mode);
        dialect.Add(command, "closed", reign.ClosedEpoch);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Writes a heartbeat row.</summary>
    public async Task<int> BeatAsync(DbConnection connection, DbTransaction transaction, string id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        const string Sql = """
            INSERT INTO heartbeat (id, beat, beat_at) VALUES (@id, 1, @now)
            ON CONFLICT (id) DO UPDATE SET beat = heartbeat.beat + 1, beat_at = excluded.beat_at
            """;
        await using var command = SqlLedgerReads.Command(connection, Sql);
        command.Transaction = transaction;
        dialect.Add(command, "id", id);
        dialect.AddTime(command, "now", now);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
