using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Sqlite;

/// <summary>One writing transaction of the SQLite ledger, on the connection of the file's writers.</summary>
internal sealed class SqliteLedgerSession(
    SqliteTurn turn, SqliteTransaction transaction, LedgerState state, Action<SqliteConnection, SqliteTransaction, LedgerDelta>? keep) : ILedgerSession
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
                turn.Writer.Writes.Write(delta, UnseenKeys.None);
                keep?.Invoke(turn.Writer.Connection, transaction, delta);
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
            turn.Discard();
        }
        finally
        {
            turn.Dispose();
        }
    }
}
