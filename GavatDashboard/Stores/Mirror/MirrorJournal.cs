using System.Security.Cryptography;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Stores.Sqlite;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Mirror;

/// <summary>
/// The notes of what is about to be committed, and the mirrored ledger. The notes have a file of their own beside the fallback's, so that
/// noting never waits for the ledger's tables; together both hold everything that was acknowledged.
/// </summary>
internal sealed class MirrorJournal(FallbackDatabase fallback) : IAsyncDisposable
{
    private const string Schema =
        """
        CREATE TABLE IF NOT EXISTS intents (
            revision INTEGER NOT NULL PRIMARY KEY,
            payload BLOB NOT NULL,
            previous_hash BLOB NOT NULL,
            hash BLOB NOT NULL,
            noted_at INTEGER NOT NULL
        ) STRICT
        """;

    private static readonly SqlLedgerReads Reads = new(new SqliteDialect());
    private readonly SqliteDatabase _ledger = fallback.Database;
    private readonly DeltaWriter _bytes = new();
    private readonly Lock _gate = new();
    private Notes? _notes;

    /// <summary>The file of the notes.</summary>
    public SqliteDatabase NotesFile { get; } = new(PathOf(fallback.Database.Path), fallback.Database.MaxPages);

    /// <summary>Where the notes of a fallback's file are.</summary>
    public static string PathOf(string fallbackPath) => Path.ChangeExtension(fallbackPath, ".intents.db");

    /// <summary>The head of the mirrored ledger's tables.</summary>
    public Task<LedgerHead> ReadHeadAsync(CancellationToken cancellationToken) =>
        SqliteErrors.GuardAsync(
            mayHaveHappened: false,
            async () =>
            {
                await using var connection = await _ledger.OpenAsync(cancellationToken);
                return await Reads.ReadHeadAsync(connection, cancellationToken);
            },
            cancellationToken);

    /// <summary>Whether the file has taken over.</summary>
    public Task<bool> IsLeadingAsync(CancellationToken cancellationToken) => SqliteErrors.GuardAsync(
        mayHaveHappened: false,
        async () =>
        {
            await using var connection = await _ledger.OpenAsync(cancellationToken);
            return (await new SqlHead(new SqliteDialect()).ReadAsync(connection, transaction: null, isLocked: false, cancellationToken)).Mode == ControlledHead.Fallback;
        },
        cancellationToken);

    /// <summary>The noted batches that follow the tables, in order. Those that the tables hold already are left out.</summary>
    /// <exception cref="InvalidDataException">A note does not hash to what it says, or does not follow what is before it.</exception>
    public Task<IReadOnlyList<LedgerDelta>> ReadNotesAsync(CancellationToken cancellationToken) =>
        SqliteErrors.GuardAsync<IReadOnlyList<LedgerDelta>>(
            mayHaveHappened: false,
            async () =>
            {
                if (!File.Exists(NotesFile.Path))
                {
                    throw new InvalidDataException($"The file of the notes, {NotesFile.Path}, is not there; what it held is not known.");
                }

                var head = await ReadHeadAsync(cancellationToken);
                await using var connection = await OpenNotesAsync(cancellationToken);
                await using var command = connection.CreateCommand();
                command.CommandText = "SELECT payload, hash FROM intents WHERE revision > $revision ORDER BY revision";
                command.Parameters.AddWithValue("$revision", head.Revision);
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                var notes = new List<LedgerDelta>();
                while (await reader.ReadAsync(cancellationToken))
                {
                    var payload = (byte[])reader[0];
                    if (!Hash(head.ChainHash, payload).AsSpan().SequenceEqual((byte[])reader[1]))
                    {
                        throw new InvalidDataException("A noted batch in the fallback's file is damaged, or does not follow its ledger.");
                    }

                    var note = DeltaReader.Read(payload);
                    if (note.Before.Revision != head.Revision)
                    {
                        throw new InvalidDataException($"A noted batch follows revision {note.Before.Revision}, and what is before it ends at {head.Revision}.");
                    }

                    notes.Add(note);
                    head = note.After;
                }

                return notes;
            },
            cancellationToken);

    /// <summary>Notes what is about to be committed; durable when it returns. A note of the same place that was never committed is replaced.</summary>
    /// <param name="delta">The batch.</param>
    /// <param name="appliedThrough">The revision up to which the tables hold everything; notes up to there are dropped with it.</param>
    /// <exception cref="SqliteException">It cannot be noted.</exception>
    public void Note(LedgerDelta delta, long appliedThrough)
    {
        InNotes(notes =>
        {
            var payload = _bytes.Write(delta);
            notes.Replace(delta, payload, Hash(delta.Before.ChainHash, payload), appliedThrough);
        });
    }

    /// <summary>Drops the notes after a revision: they were not committed.</summary>
    public void DropNotesAfter(long revision) => InNotes(notes => notes.DropAfter(revision));

    /// <summary>Applies batches that were committed to the tables, in one transaction.</summary>
    /// <exception cref="SqliteException">They cannot be applied; nothing of them was.</exception>
    public void Apply(LedgerDelta delta) => Write((writer, _) => writer.Writes.Write(delta, UnseenKeys.None));

    /// <summary>Runs a write on the tables as one transaction in the line of the file's writers. It is not cancellable: half of it would be a question.</summary>
    public Task WriteAsync(Action<SqliteConnection, SqliteTransaction> write) => SqliteErrors.GuardAsync(
        mayHaveHappened: true,
        () =>
        {
            Write((writer, transaction) => write(writer.Connection, transaction));
            return Task.FromResult(0);
        },
        CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        _notes?.Dispose();
        _notes = null;
        await NotesFile.DisposeAsync();
    }

    private void Write(Action<SqliteWriter, SqliteTransaction> write)
    {
        using var turn = _ledger.EnterWriter();
        try
        {
            using var transaction = turn.Writer.Connection.BeginTransaction(deferred: false);
            write(turn.Writer, transaction);
            transaction.Commit();
        }
        catch
        {
            turn.Discard();
            throw;
        }
    }

    private void InNotes(Action<Notes> write)
    {
        lock (_gate)
        {
            // A kept connection does not notice that the file shall be taken for gone.
            if (_ledger.SimulatedFault is { } fault)
            {
                throw new StoreUnavailableException(StoreKind.Sqlite, fault);
            }

            try
            {
                write(_notes ??= new Notes(OpenNotes()));
            }
            catch
            {
                _notes?.Dispose();
                _notes = null;
                throw;
            }
        }
    }

    private SqliteConnection OpenNotes()
    {
        var connection = NotesFile.Open();
        Execute(connection, Schema);
        return connection;
    }

    private async Task<SqliteConnection> OpenNotesAsync(CancellationToken cancellationToken)
    {
        var connection = await NotesFile.OpenAsync(cancellationToken);
        Execute(connection, Schema);
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The hash over a batch and the end of the chain that it follows.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> payload)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(previous);
        sha.AppendData(payload);
        return sha.GetHashAndReset();
    }

    /// <summary>The writer's kept connection to the notes, with its statements.</summary>
    private sealed class Notes(SqliteConnection connection) : IDisposable
    {
        private readonly SqliteStatement _begin = new(connection, "BEGIN IMMEDIATE");
        private readonly SqliteStatement _commit = new(connection, "COMMIT");
        private readonly SqliteStatement _dropThrough = new(connection, "DELETE FROM intents WHERE revision <= ?1");
        private readonly SqliteStatement _dropAfter = new(connection, "DELETE FROM intents WHERE revision > ?1");
        private readonly SqliteStatement _insert = new(
            connection, "INSERT INTO intents (revision, payload, previous_hash, hash, noted_at) VALUES (?1, ?2, ?3, ?4, ?5)");

        public void Replace(LedgerDelta delta, ReadOnlySpan<byte> payload, byte[] hash, long appliedThrough)
        {
            _begin.Run();
            _dropThrough.Add(appliedThrough).Run();
            _dropAfter.Add(delta.Before.Revision).Run();
            _insert.Add(delta.After.Revision).Add(payload).Add(delta.Before.ChainHash).Add(hash).Add(LedgerTime.ToUnixMicroseconds(delta.At)).Run();
            _commit.Run();
        }

        public void DropAfter(long revision) => _dropAfter.Add(revision).Run();

        public void Dispose()
        {
            foreach (var statement in (SqliteStatement[])[_begin, _commit, _dropThrough, _dropAfter, _insert])
            {
                statement.Dispose();
            }

            connection.Dispose();
        }
    }
}
