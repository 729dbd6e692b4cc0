using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sqlite;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Mirror;

/// <summary>
/// The decided batches that the fallback acknowledged since it took over. They are kept until the primary has been taken
/// back, so that its head can be found among them wherever it stands; from then on they mean nothing, and are dropped little by little.
/// </summary>
internal sealed class ReplayLog(FallbackDatabase fallback)
{
    /// <summary>Batches that are read at once at most.</summary>
    private const int BatchesAtOnce = 2_048;

    /// <summary>What one transaction drops: others write between two of them.</summary>
    private const int DroppedAtOnce = 200;

    private const string IfLeading = "(SELECT mode FROM ledger_head WHERE id = 1) = 'fallback'";
    private readonly SqliteDatabase _database = fallback.Database;

    /// <summary>Keeps a batch in the transaction that applies it to the fallback's own tables.</summary>
    /// <exception cref="InvalidOperationException">The fallback has not taken over, so nothing may be decided by it.</exception>
    public static void Keep(SqliteConnection connection, SqliteTransaction transaction, LedgerDelta delta)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = """
            INSERT INTO replay (revision, operations, payload, previous_hash, hash, noted_at)
            SELECT $1, $2, $3, $4, $5, $6 FROM ledger_head WHERE id = 1 AND mode = 'fallback'
            """;
        var payload = new DeltaWriter().Write(delta).ToArray();
        command.Parameters.AddWithValue("$1", delta.After.Revision);
        command.Parameters.AddWithValue("$2", OperationsOf(delta));
        command.Parameters.AddWithValue("$3", payload);
        command.Parameters.AddWithValue("$4", delta.Before.ChainHash);
        command.Parameters.AddWithValue("$5", MirrorJournal.Hash(delta.Before.ChainHash, payload));
        command.Parameters.AddWithValue("$6", LedgerTime.ToUnixMicroseconds(delta.At));
        if (command.ExecuteNonQuery() != 1)
        {
            throw new InvalidOperationException("The fallback does not take writes: it has not taken over, or gave way again.");
        }
    }

    /// <summary>How many operations a batch did that left something.</summary>
    public static int OperationsOf(LedgerDelta delta) => delta.Entries.Count + delta.Answers.Count + delta.NewUsers.Count;

    /// <summary>The next batches after a revision, in order; at least one where there is one.</summary>
    /// <param name="after">The last revision that is not asked for.</param>
    /// <param name="through">The last one that is.</param>
    /// <param name="operationsAtMost">No further batch is read that would make it more than that.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidDataException">A batch does not hash to what it says, or one is missing.</exception>
    public Task<IReadOnlyList<LedgerDelta>> ReadAsync(long after, long through, int operationsAtMost, CancellationToken cancellationToken) => SqliteErrors.GuardAsync<IReadOnlyList<LedgerDelta>>(
        mayHaveHappened: false,
        async () =>
        {
            await using var connection = await _database.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT revision, payload, previous_hash, hash, operations FROM replay WHERE revision > $1 AND revision <= $2 ORDER BY revision";
            command.Parameters.AddWithValue("$1", after);
            command.Parameters.AddWithValue("$2", through);
            var batches = new List<LedgerDelta>();
            var operations = 0L;
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (batches.Count < BatchesAtOnce && await reader.ReadAsync(cancellationToken))
            {
                operations += reader.GetInt64(4);
                if (batches.Count > 0 && operations > operationsAtMost)
                {
                    break;
                }

                var delta = Read(reader.GetInt64(0), (byte[])reader[1], (byte[])reader[2], (byte[])reader[3]);
                if (batches.Count > 0 && delta.Before.Revision != batches[^1].After.Revision)
                {
                    throw new InvalidDataException($"The fallback's kept batches have a gap before revision {delta.After.Revision}.");
                }

                batches.Add(delta);
            }

            return batches;
        },
        cancellationToken);

    /// <summary>The head before the first batch that is kept, or null where none is.</summary>
    public async Task<LedgerHead?> FindStartAsync(CancellationToken cancellationToken) =>
        (await ReadAsync(-1, long.MaxValue, 0, cancellationToken)).SingleOrDefault()?.Before;

    /// <summary>The head after the batch of a revision, or null where that batch is not kept.</summary>
    public async Task<LedgerHead?> FindHeadAsync(long revision, CancellationToken cancellationToken) =>
        (await ReadAsync(revision - 1, revision, 0, cancellationToken)).SingleOrDefault()?.After;

    /// <summary>How much there is after a revision, where the fallback has taken over; else nothing.</summary>
    public Task<(long Batches, long Operations)> CountAsync(long revision, CancellationToken cancellationToken) => SqliteErrors.GuardAsync(
        mayHaveHappened: false,
        async () =>
        {
            await using var connection = await _database.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT count(*), coalesce(sum(operations), 0) FROM replay WHERE revision > $1 AND {IfLeading}";
            command.Parameters.AddWithValue("$1", revision);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            return (reader.GetInt64(0), reader.GetInt64(1));
        },
        cancellationToken);

    /// <summary>Drops what is left of an earlier reign, a little at a time: dropping an hour of writes at once would take seconds.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        while (await SqliteErrors.GuardAsync(mayHaveHappened: true, ForgetSomeAsync, cancellationToken) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Drops all that is left of an earlier reign, in the transaction in which the next one begins.</summary>
    public static void Clear(SqliteConnection connection, SqliteTransaction transaction)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "DELETE FROM replay";
        command.ExecuteNonQuery();
    }

    private async Task<int> ForgetSomeAsync()
    {
        using var turn = await _database.EnterWriterAsync(CancellationToken.None);
        try
        {
            await using var command = turn.Writer.Connection.CreateCommand();
            command.CommandText = $"DELETE FROM replay WHERE revision IN (SELECT revision FROM replay ORDER BY revision LIMIT {DroppedAtOnce}) AND NOT {IfLeading}";
            return await command.ExecuteNonQueryAsync();
        }
        catch
        {
            turn.Discard();
            throw;
        }
    }

    private static LedgerDelta Read(long revision, byte[] payload, byte[] previous, byte[] hash)
    {
        var delta = MirrorJournal.Hash(previous, payload).AsSpan().SequenceEqual(hash) ? DeltaReader.Read(payload) : null;
        return delta?.After.Revision == revision && delta.Before.ChainHash.AsSpan().SequenceEqual(previous)
            ? delta
            : throw new InvalidDataException($"The fallback's kept batch of revision {revision} is damaged.");
    }
}
