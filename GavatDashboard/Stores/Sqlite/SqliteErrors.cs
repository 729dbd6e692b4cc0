using GavatDashboard.Domain.Coins;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Sqlite;

/// <summary>Tells an outage of SQLite from everything else.</summary>
internal static class SqliteErrors
{
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int IoError = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    /// <summary>The code of a constraint that refused a row.</summary>
    public const int Constraint = 19;

    /// <summary>Runs an operation off the caller's thread and turns an outage into <see cref="StoreUnavailableException"/>.</summary>
    /// <param name="mayHaveHappened">Whether the operation, had it failed halfway, may have been committed.</param>
    /// <param name="operation">The operation; SQLite's calls block, so it runs on the pool.</param>
    /// <param name="cancellationToken">Gives up before it starts.</param>
    public static async Task<T> GuardAsync<T>(bool mayHaveHappened, Func<Task<T>> operation, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(operation, cancellationToken);
        }
        catch (SqliteException exception) when (IsOutage(exception))
        {
            if (exception.SqliteErrorCode == ReadOnly)
            {
                // A connection that was opened while the file could not be written stays read-only for ever; the pool must forget it.
                SqliteConnection.ClearAllPools();
            }

            throw new StoreUnavailableException(StoreKind.Sqlite, $"SQLite cannot be used: {exception.Message}", mayHaveHappened, exception);
        }
    }

    /// <summary>Whether the file is busy, gone, full, read-only or damaged; a constraint violation is an answer of a living store.</summary>
    public static bool IsOutage(SqliteException exception) =>
        exception.SqliteErrorCode is Busy or Locked or ReadOnly or IoError or Corrupt or Full or CannotOpen or NotADatabase;
}
