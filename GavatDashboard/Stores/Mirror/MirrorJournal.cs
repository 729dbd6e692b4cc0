using System.Security.Cryptography;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Stores.Sqlite;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Mirror;

/// <summary>The intents and the mirrored ledger in the fallback's file.</summary>
internal sealed class MirrorJournal(FallbackDatabase fallback)
{
    private static readonly SqlLedgerReads Reads = new(new SqliteDialect());
    private readonly SqliteDatabase _database = fallback.Database;

    /// <summary>The head of the mirrored ledger.</summary>
    public Task<LedgerHead> ReadHeadAsync(CancellationToken cancellationToken) =>
        SqliteErrors.GuardAsync(
            mayHaveHappened: false,
            async () =>
            {
                await using var connection = await _database.OpenAsync(cancellationToken);
                return await Reads.ReadHeadAsync(connection, cancellationToken);
            },
            cancellationToken);

    /// <summary>Whether the file has taken over.</summary>
    public Task<bool> IsLeadingAsync(CancellationToken cancellationToken) => SqliteErrors.GuardAsync(
        mayHaveHappened: false,
        async () =>
        {
            await using var connection = await _database.OpenAsync(cancellationToken);
            return (await new SqlHead(new SqliteDialect()).ReadAsync(connection, transaction: null, isLocked: false, cancellationToken)).Mode == ControlledHead.Fallback;
        },
        cancellationToken);

    /// <summary>The batch that was noted and neither applied nor dropped, or null.</summary>
    /// <exception cref="InvalidDataException">The note does not hash to what it says, or does not follow the mirrored ledger.</exception>
    public Task<LedgerDelta?> ReadPendingAsync(CancellationToken cancellationToken) =>
        SqliteErrors.GuardAsync(
            mayHaveHappened: false,
            async () =>
            {
                await using var connection = await _database.OpenAsync(cancellationToken);
                var head = await Reads.ReadHeadAsync(connection, cancellationToken);
                return ReadNotes(connection, transaction: null, head).SingleOrDefault();
            },
            cancellationToken);

    /// <summary>Notes what is about to be committed; durable when it returns.</summary>
    public Task NoteAsync(LedgerDelta delta) => WriteAsync((connection, transaction) =>
    {
        var payload = DeltaJson.Serialize(delta);
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "INSERT INTO intents (revision, payload, previous_hash, hash, noted_at) VALUES ($1, $2, $3, $4, $5)";
        command.Parameters.AddWithValue("$1", delta.After.Revision);
        command.Parameters.AddWithValue("$2", payload);
        command.Parameters.AddWithValue("$3", delta.Before.ChainHash);
        command.Parameters.AddWithValue("$4", Hash(delta.Before.ChainHash, payload));
        command.Parameters.AddWithValue("$5", LedgerTime.ToUnixMicroseconds(delta.At));
        command.ExecuteNonQuery();
    });

    /// <summary>Applies a batch that the primary has committed, and ends its intent, in one transaction.</summary>
    public Task ApplyAsync(LedgerDelta delta) => WriteAsync((connection, transaction) =>
    {
        SqliteWrites.Write(connection, transaction, delta);
        DropNotes(connection, transaction);
    });

    /// <summary>Drops what was noted and not committed.</summary>
    public Task DropAsync() => WriteAsync(DropNotes);

    /// <summary>Runs a write as one transaction in the line of the file's writers. It is not cancellable: half of it would be a question.</summary>
    public Task WriteAsync(Action<SqliteConnection, SqliteTransaction> write) => SqliteErrors.GuardAsync(
        mayHaveHappened: true,
        async () =>
        {
            using var turn = await _database.EnterWriterAsync(CancellationToken.None);
            await using var connection = await _database.OpenAsync(CancellationToken.None);
            await using var transaction = connection.BeginTransaction(deferred: false);
            write(connection, transaction);
            transaction.Commit();
            return 0;
        },
        CancellationToken.None);

    /// <summary>The batches that were noted, in order.</summary>
    /// <exception cref="InvalidDataException">One does not hash to what it says, or does not follow the one before it.</exception>
    public static IReadOnlyList<LedgerDelta> ReadNotes(SqliteConnection connection, SqliteTransaction? transaction, LedgerHead head)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "SELECT payload, previous_hash, hash FROM intents ORDER BY revision";
        using var reader = command.ExecuteReader();
        var notes = new List<LedgerDelta>();
        while (reader.Read())
        {
            var (payload, previous, hash) = ((byte[])reader[0], (byte[])reader[1], (byte[])reader[2]);
            if (!Hash(previous, payload).AsSpan().SequenceEqual(hash) || !head.ChainHash.AsSpan().SequenceEqual(previous))
            {
                throw new InvalidDataException("A noted batch in the fallback's file is damaged, or does not follow its ledger.");
            }

            notes.Add(DeltaJson.Deserialize(payload));
            head = notes[^1].After;
        }

        return notes;
    }

    /// <summary>Drops what was noted.</summary>
    public static void DropNotes(SqliteConnection connection, SqliteTransaction transaction)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "DELETE FROM intents";
        command.ExecuteNonQuery();
    }

    /// <summary>The hash over a batch and the end of the chain that it follows.</summary>
    public static byte[] Hash(byte[] previous, byte[] payload)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(previous);
        sha.AppendData(payload);
        return sha.GetHashAndReset();
    }
}
