using System.Text.Json;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Failover;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Sqlite;

/// <summary>The failover coordinator's state, journal, proofs and requests, in the fallback's file.</summary>
internal sealed class SqliteFailoverStore(FallbackDatabase fallback) : IFailoverStore
{
    /// <summary>Writes the state in the caller's transaction.</summary>
    public static void Write(SqliteConnection connection, SqliteTransaction transaction, FailoverRecord record) => Run(
        connection,
        transaction,
        """
        INSERT INTO failover_state (id, state, document, updated_at) VALUES (1, $1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, document = excluded.document, updated_at = excluded.updated_at
        """,
        [record.Memory.State.ToCode(), JsonSerializer.Serialize(record), LedgerTime.ToUnixMicroseconds(record.Since)]);

    public Task<FailoverRecord?> FindAsync(CancellationToken cancellationToken) => ReadAsync(
        "SELECT document FROM failover_state WHERE id = 1",
        command => command.ExecuteScalar() is string document ? JsonSerializer.Deserialize<FailoverRecord>(document) : null,
        cancellationToken);

    public Task SaveAsync(FailoverRecord record, FailoverJournalEntry? change, CancellationToken cancellationToken) => WriteAsync(
        (connection, transaction) =>
        {
            Write(connection, transaction, record);
            if (change is { } entry)
            {
                Run(
                    connection,
                    transaction,
                    """
                    INSERT INTO failover_journal (seq, at, from_state, to_state, reason)
                    VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM failover_journal), $1, $2, $3, $4)
                    """,
                    [LedgerTime.ToUnixMicroseconds(entry.At), entry.From.ToCode(), entry.To.ToCode(), entry.Reason]);
            }
        },
        cancellationToken);

    public Task<IReadOnlyList<FailoverJournalEntry>> ListJournalAsync(int limit, CancellationToken cancellationToken) => ListAsync(
        "SELECT at, from_state, to_state, reason FROM failover_journal ORDER BY seq DESC LIMIT $1",
        limit,
        row => new FailoverJournalEntry(
            LedgerTime.FromUnixMicroseconds(row.GetInt64(0)), FailoverStates.Parse(row.GetString(1)), FailoverStates.Parse(row.GetString(2)), row.GetString(3)),
        cancellationToken);

    public Task AddProofAsync(FailoverProof proof, CancellationToken cancellationToken) => WriteAsync(
        "INSERT INTO failover_proofs (proof_id, ended_at, document) VALUES ($1, $2, $3)",
        [SqliteDialect.ToText(proof.Id), LedgerTime.ToUnixMicroseconds(proof.EndedAt), JsonSerializer.Serialize(proof)],
        cancellationToken);

    public Task<IReadOnlyList<FailoverProof>> ListProofsAsync(int limit, CancellationToken cancellationToken) =>
        ListAsync("SELECT document FROM failover_proofs ORDER BY ended_at DESC LIMIT $1", limit, ToProof, cancellationToken);

    public async Task<FailoverProof?> FindProofAsync(Guid id, CancellationToken cancellationToken) =>
        (await ListAsync("SELECT document FROM failover_proofs WHERE proof_id = $1", SqliteDialect.ToText(id), ToProof, cancellationToken)).SingleOrDefault();

    public async Task<KeptFailoverRequest> KeepAsync(KeptFailoverRequest request, CancellationToken cancellationToken)
    {
        await WriteAsync(
            """
            INSERT INTO failover_actions (idempotency_key, action_id, kind, scope, actor, reason, requested_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (idempotency_key) DO NOTHING
            """,
            [
                request.IdempotencyKey, SqliteDialect.ToText(request.ActionId), request.Kind.ToString(), request.Scope.ToString(), request.Actor,
                request.Reason, LedgerTime.ToUnixMicroseconds(request.At),
            ],
            cancellationToken);
        return await FindRequestAsync(request.IdempotencyKey, cancellationToken)
            ?? throw new InvalidOperationException("A request that was noted is not there.");
    }

    public async Task<KeptFailoverRequest?> FindRequestAsync(string idempotencyKey, CancellationToken cancellationToken) => (await ListAsync(
        "SELECT idempotency_key, action_id, kind, scope, actor, reason, requested_at FROM failover_actions WHERE idempotency_key = $1",
        idempotencyKey,
        row => new KeptFailoverRequest(
            row.GetString(0), Guid.Parse(row.GetString(1)), Enum.Parse<FailoverRequestKind>(row.GetString(2)), Enum.Parse<DrillScope>(row.GetString(3)),
            row.GetString(4), row.GetString(5), LedgerTime.FromUnixMicroseconds(row.GetInt64(6))),
        cancellationToken)).SingleOrDefault();

    private static FailoverProof ToProof(SqliteDataReader row) => JsonSerializer.Deserialize<FailoverProof>(row.GetString(0))
        ?? throw new JsonException("A proof is empty.");

    private Task<IReadOnlyList<T>> ListAsync<T>(string sql, object parameter, Func<SqliteDataReader, T> map, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<T>>(
            sql,
            command =>
            {
                command.Parameters.AddWithValue("$1", parameter);
                using var reader = command.ExecuteReader();
                var rows = new List<T>();
                while (reader.Read())
                {
                    rows.Add(map(reader));
                }

                return rows;
            },
            cancellationToken);

    private Task<T> ReadAsync<T>(string sql, Func<SqliteCommand, T> read, CancellationToken cancellationToken) => SqliteErrors.GuardAsync(
        mayHaveHappened: false,
        async () =>
        {
            await using var connection = await fallback.Database.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            return read(command);
        },
        cancellationToken);

    private static void Run(SqliteConnection connection, SqliteTransaction transaction, string sql, object[] values)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue($"${i + 1}", values[i]);
        }

        command.ExecuteNonQuery();
    }

    private Task WriteAsync(string sql, object[] values, CancellationToken cancellationToken) =>
        WriteAsync((connection, transaction) => Run(connection, transaction, sql, values), cancellationToken);

    /// <summary>Writes on the connection that all writers of the file share: another one would copy the whole WAL back before it returned.</summary>
    private Task WriteAsync(Action<SqliteConnection, SqliteTransaction> write, CancellationToken cancellationToken) => SqliteErrors.GuardAsync(
        mayHaveHappened: true,
        async () =>
        {
            using var turn = await fallback.Database.EnterWriterAsync(cancellationToken);
            try
            {
                await using var transaction = turn.Writer.Connection.BeginTransaction(deferred: false);
                write(turn.Writer.Connection, transaction);
                transaction.Commit();
                return 0;
            }
            catch
            {
                turn.Discard();
                throw;
            }
        },
        cancellationToken);
}
