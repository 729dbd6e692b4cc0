using System.Diagnostics;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Stores.Sqlite;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Mirror;

/// <summary>Moves the fallback's file from following to leading and back, each in one transaction of the file.</summary>
internal sealed class MirrorPromotion(FallbackDatabase fallback, MirrorJournal journal)
{
    /// <summary>Entries of the chain's end that are hashed anew before the file may lead.</summary>
    private const int ProvedEntries = 500;

    private static readonly SqliteDialect Dialect = new();
    private static readonly SqlHead Head = new(Dialect);
    private static readonly SqlLedgerReads Reads = new(Dialect);

    /// <summary>The row of the file's head.</summary>
    public Task<ControlledHead> ReadHeadAsync(CancellationToken cancellationToken) => SqliteErrors.GuardAsync(
        mayHaveHappened: false,
        async () =>
        {
            await using var connection = await fallback.Database.OpenAsync(cancellationToken);
            return await Head.ReadAsync(connection, transaction: null, isLocked: false, cancellationToken);
        },
        cancellationToken);

    /// <summary>Applies what was noted, the batches in doubt included, and begins the fallback's reign.</summary>
    /// <param name="notes">What was noted and is not in the tables.</param>
    /// <param name="reign">Gives the reign that follows the file's head.</param>
    /// <param name="persist">Writes the coordinator's state in the same transaction.</param>
    /// <exception cref="InvalidDataException">The end of the chain or a note is damaged; nothing was changed.</exception>
    public async Task<Promotion> PromoteAsync(
        IReadOnlyList<LedgerDelta> notes, Func<ControlledHead, Reign> reign, Action<SqliteConnection, SqliteTransaction, Reign> persist)
    {
        Promotion done = null!;
        await journal.WriteAsync((connection, transaction) =>
        {
            (done, var next) = Promote(connection, transaction, notes, reign);
            persist(connection, transaction, next);
        });
        return done;
    }

    /// <summary>Promotes, does some operations, and rolls all of it back.</summary>
    public Task<Rehearsal> RehearseAsync(IReadOnlyList<LedgerDelta> notes, IReadOnlyList<LedgerOperation> operations, DateTimeOffset now) => SqliteErrors.GuardAsync(
        mayHaveHappened: false,
        async () =>
        {
            var started = Stopwatch.GetTimestamp();
            using var turn = await fallback.Database.EnterWriterAsync(CancellationToken.None);
            await using var connection = await fallback.Database.OpenAsync(CancellationToken.None);
            await using var transaction = connection.BeginTransaction(deferred: false);
            Promote(connection, transaction, notes, head => new Reign(head.Head.Epoch + 1, head.Owner, ControlledHead.Fallback, head.Head.Epoch));
            var state = await Reads.LoadAsync(
                connection, transaction, LedgerReads.For(operations, now), lockHead: true, token => Reads.ReadPolicyAsync(connection, token), CancellationToken.None);
            var (delta, results) = LedgerBatch.Decide(state, operations, now);
            using (var writes = new SqliteWrites(connection))
            {
                writes.Write(delta, UnseenKeys.None);
            }

            ReplayLog.Keep(connection, transaction, delta);
            transaction.Rollback();
            return new Rehearsal(results, delta.Before, Stopwatch.GetElapsedTime(started));
        },
        CancellationToken.None);

    private static (Promotion Done, Reign Next) Promote(
        SqliteConnection connection, SqliteTransaction transaction, IReadOnlyList<LedgerDelta> notes, Func<ControlledHead, Reign> reign)
    {
        var before = Read(connection, transaction);
        ProveChain(connection, transaction, before.Head);
        var next = reign(before);
        ReplayLog.Clear(connection, transaction);
        // First under the primary's epoch, in which the notes were decided.
        Set(connection, transaction, next with { Epoch = before.Head.Epoch });
        var inDoubt = notes.TakeWhile(note => TryApply(connection, transaction, note)).ToList();
        Set(connection, transaction, next);
        return (new Promotion(before.Head.Epoch, next.Epoch, inDoubt), next);
    }

    /// <summary>Ends the fallback's reign after the primary recorded the next one, or begins another one where that is not known.</summary>
    public async Task<LedgerHead> BeginAsync(Reign reign, Action<SqliteConnection, SqliteTransaction> persist)
    {
        LedgerHead head = null!;
        await journal.WriteAsync((connection, transaction) =>
        {
            Set(connection, transaction, reign);
            persist(connection, transaction);
            head = Read(connection, transaction).Head;
        });
        return head;
    }

    // SQLite's calls are done when they return, whatever they are called.
    private static ControlledHead Read(SqliteConnection connection, SqliteTransaction transaction) =>
        Head.ReadAsync(connection, transaction, isLocked: false, CancellationToken.None).GetAwaiter().GetResult();

    private static void Set(SqliteConnection connection, SqliteTransaction transaction, Reign reign) =>
        Head.SetAsync(connection, transaction, reign, CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>
    /// Nobody knows whether the primary took the batch, and nobody was answered for it: it is done now, under the same keys. What the
    /// primary would have refused, for a key that was used before, is refused here too.
    /// </summary>
    private static bool TryApply(SqliteConnection connection, SqliteTransaction transaction, LedgerDelta note)
    {
        const string Before = "before_note";
        transaction.Save(Before);
        try
        {
            using var writes = new SqliteWrites(connection);
            writes.Write(note, UnseenKeys.Of(note));
            ReplayLog.Keep(connection, transaction, note);
            transaction.Release(Before);
            return true;
        }
        catch (SqliteException refusal) when (refusal.SqliteErrorCode == SqliteErrors.Constraint)
        {
            transaction.Rollback(Before);
            return false;
        }
    }

    /// <summary>Hashes the last entries anew, each after the one before it.</summary>
    private static void ProveChain(SqliteConnection connection, SqliteTransaction transaction, LedgerHead head)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"SELECT {SqlRows.EntryColumns} FROM coin_transactions t ORDER BY t.seq DESC LIMIT {ProvedEntries}";
        var rows = new SqlRows(Dialect);
        var entries = new List<Entry>();
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                entries.Add(rows.Entry(reader));
            }
        }

        var last = entries.Count > 0 ? entries[0].ChainHash : LedgerHead.Empty.ChainHash;
        if (!head.ChainHash.AsSpan().SequenceEqual(last))
        {
            throw new InvalidDataException("The end of the fallback's ledger does not fit its last entry.");
        }

        for (var i = 0; i + 1 < entries.Count; i++)
        {
            if (!EntryChain.Next(entries[i + 1].ChainHash, entries[i]).AsSpan().SequenceEqual(entries[i].ChainHash))
            {
                throw new InvalidDataException($"The entry at place {entries[i].Sequence} of the fallback's ledger does not fit the chain.");
            }
        }
    }
}

/// <summary>The fallback has taken over.</summary>
/// <param name="EpochBefore">The primary's last epoch.</param>
/// <param name="Epoch">The fallback's.</param>
/// <param name="InDoubt">Batches that were noted and whose commit in the primary is not known.</param>
internal sealed record Promotion(long EpochBefore, long Epoch, IReadOnlyList<LedgerDelta> InDoubt);

/// <summary>What a rehearsal came to; nothing of it is left.</summary>
/// <param name="Results">What became of the operations.</param>
/// <param name="Head">The head on which they were decided.</param>
/// <param name="Took">How long it took.</param>
internal sealed record Rehearsal(IReadOnlyList<OperationResult> Results, LedgerHead Head, TimeSpan Took);
