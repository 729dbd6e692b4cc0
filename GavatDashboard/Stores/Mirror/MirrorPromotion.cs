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

    /// <summary>The row of the file's head.</summary>
    public Task<ControlledHead> ReadHeadAsync(CancellationToken cancellationToken) => SqliteErrors.GuardAsync(
        mayHaveHappened: false,
        async () =>
        {
            await using var connection = await fallback.Database.OpenAsync(cancellationToken);
            return await Head.ReadAsync(connection, transaction: null, isLocked: false, cancellationToken);
        },
        cancellationToken);

    /// <summary>Applies what was noted, the batch in doubt included, and begins the fallback's reign.</summary>
    /// <param name="reign">Gives the reign that follows the file's head.</param>
    /// <param name="persist">Writes the coordinator's state in the same transaction.</param>
    /// <exception cref="InvalidDataException">The end of the chain or a note is damaged; nothing was changed.</exception>
    public async Task<Promotion> PromoteAsync(Func<ControlledHead, Reign> reign, Action<SqliteConnection, SqliteTransaction, Reign> persist)
    {
        var inDoubt = new List<LedgerDelta>();
        ControlledHead before = null!;
        Reign next = null!;
        await journal.WriteAsync((connection, transaction) =>
        {
            before = Head.ReadAsync(connection, transaction, isLocked: false, CancellationToken.None).GetAwaiter().GetResult();
            ProveChain(connection, transaction, before.Head);
            next = reign(before);
            Head.SetAsync(connection, transaction, new Reign(before.Head.Epoch, next.Owner, next.Mode, next.ClosedEpoch), CancellationToken.None).GetAwaiter().GetResult();
            foreach (var delta in MirrorJournal.ReadNotes(connection, transaction, before.Head))
            {
                SqliteWrites.Write(connection, transaction, delta);
                ReplayLog.Keep(connection, transaction, delta);
                inDoubt.Add(delta);
            }

            MirrorJournal.DropNotes(connection, transaction);
            Head.SetAsync(connection, transaction, next, CancellationToken.None).GetAwaiter().GetResult();
            persist(connection, transaction, next);
        });
        return new Promotion(before.Head.Epoch, next.Epoch, inDoubt);
    }

    /// <summary>Ends the fallback's reign after the primary recorded the next one, or begins another one where that is not known.</summary>
    public async Task<LedgerHead> BeginAsync(Reign reign, bool forgetReplay, Action<SqliteConnection, SqliteTransaction> persist)
    {
        LedgerHead head = null!;
        await journal.WriteAsync((connection, transaction) =>
        {
            Head.SetAsync(connection, transaction, reign, CancellationToken.None).GetAwaiter().GetResult();
            if (forgetReplay)
            {
                ReplayLog.Clear(connection, transaction);
            }

            persist(connection, transaction);
            head = Head.ReadAsync(connection, transaction, isLocked: false, CancellationToken.None).GetAwaiter().GetResult().Head;
        });
        return head;
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
