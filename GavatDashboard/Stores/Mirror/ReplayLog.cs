using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sqlite;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Mirror;

/// <summary>
/// The decided batches that the fallback acknowledged since it took over. They are kept until the primary has been taken
/// back, so that its head can be found among them wherever it stands.
/// </summary>
internal sealed class ReplayLog(FallbackDatabase fallback)
{
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

    /// <summary>The batches after a revision, in order.</summary>
    /// <param name="revision">The last revision that is not asked for.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidDataException">A batch does not hash to what it says, or one is missing.</exception>
    public Task<IReadOnlyList<LedgerDelta>> ReadAsync(long revision, int limit, CancellationToken cancellationToken) => SqliteErrors.GuardAsync<IReadOnlyList<LedgerDelta>>(
        mayHaveHappened: false,
        async () =>
        {
            await using var connection = await _database.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT revision, payload, previous_hash, hash FROM replay WHERE revision > $1 ORDER BY revision LIMIT $2";
            command.Parameters.AddWithValue("$1", revision);
            command.Parameters.AddWithValue("$2", limit);
            var batches = new List<LedgerDelta>();
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
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
        (await ReadAsync(-1, 1, cancellationToken)).SingleOrDefault()?.Before;

    /// <summary>The head after the batch of a revision, or null where that batch is not kept.</summary>
    public async Task<LedgerHead?> FindHeadAsync(long revision, CancellationToken cancellationToken) =>
        (await ReadAsync(revision - 1, 1, cancellationToken)).SingleOrDefault() is { } batch && batch.After.Revision == revision ? batch.After : null;

    /// <summary>How much there is after a revision.</summary>
    public Task<(long Batches, long Operations)> CountAsync(long revision, CancellationToken cancellationToken) => SqliteErrors.GuardAsync(
        mayHaveHappened: false,
        async () =>
        {
            await using var connection = await _database.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT count(*), coalesce(sum(operations), 0) FROM replay WHERE revision > $1";
            command.Parameters.AddWithValue("$1", revision);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            return (reader.GetInt64(0), reader.GetInt64(1));
        },
        cancellationToken);

    /// <summary>Forgets all of it, in the transaction in which the primary is taken back.</summary>
    public static void Clear(SqliteConnection connection, SqliteTransaction transaction)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "DELETE FROM replay";
        command.ExecuteNonQuery();
    }

    private static LedgerDelta Read(long revision, byte[] payload, byte[] previous, byte[] hash)
    {
        var delta = MirrorJournal.Hash(previous, payload).AsSpan().SequenceEqual(hash) ? DeltaReader.Read(payload) : null;
        return delta?.After.Revision == revision && delta.Before.ChainHash.AsSpan().SequenceEqual(previous)
            ? delta
            : throw new InvalidDataException($"The fallback's kept batch of revision {revision} is damaged.");
    }
}
