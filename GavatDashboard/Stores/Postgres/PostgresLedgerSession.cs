using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;
using Npgsql;

namespace GavatDashboard.Stores.Postgres;

/// <summary>One transaction that holds the head's lock: every table is written with one set-based statement, in one round trip.</summary>
internal sealed class PostgresLedgerSession(
    NpgsqlConnection connection, NpgsqlTransaction transaction, LedgerState state, Action<LedgerPolicy> policyChanged) : ILedgerSession
{
    public LedgerState State => state;

    public async Task CommitAsync(LedgerDelta delta, CancellationToken cancellationToken)
    {
        if (delta.IsEmpty)
        {
            return;
        }

        await PostgresErrors.GuardAsync(mayHaveHappened: false, async () =>
        {
            await using var batch = new NpgsqlBatch(connection, transaction);
            PostgresWrites.AddTo(batch, delta, UnseenKeys.None);
            return await batch.ExecuteNonQueryAsync(cancellationToken);
        });
        await PostgresErrors.GuardAsync(mayHaveHappened: true, async () =>
        {
            // Not cancellable: whoever gives up here would not know whether it happened.
            await transaction.CommitAsync(CancellationToken.None);
            return 0;
        });
        if (delta.Policy is { } policy)
        {
            policyChanged(policy);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Disposing an open transaction rolls it back; a connection that broke has nothing to roll back.
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
