using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Sqlite;

/// <summary>One writing transaction of the SQLite ledger.</summary>
internal sealed class SqliteLedgerSession(
    SqliteConnection connection,
    SqliteTransaction transaction,
    LedgerState state,
    IDisposable turn,
    Action<SqliteConnection, SqliteTransaction, LedgerDelta>? keep) : ILedgerSession
{
    public LedgerState State => state;

    public async Task CommitAsync(LedgerDelta delta, CancellationToken cancellationToken)
    {
        if (delta.IsEmpty)
        {
            return;
        }

        await SqliteErrors.GuardAsync(
            mayHaveHappened: true,
            () =>
            {
                SqliteWrites.Write(connection, transaction, delta);
                keep?.Invoke(connection, transaction, delta);
                transaction.Commit();
                return Task.FromResult(0);
            },
            cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await transaction.DisposeAsync();
        }
        catch (SqliteException exception) when (SqliteErrors.IsOutage(exception) || exception.SqliteErrorCode == 1)
        {
            // A full disk rolls back by itself, and then there is no transaction to roll back: the goal is reached.
        }
        finally
        {
            await connection.DisposeAsync();
            turn.Dispose();
        }
    }
}
