using System.Net.Sockets;
using GavatDashboard.Domain.Coins;
using Npgsql;

namespace GavatDashboard.Stores.Postgres;

/// <summary>Tells an outage of PostgreSQL from everything else.</summary>
internal static class PostgresErrors
{
    /// <summary>Runs an operation and turns an outage into <see cref="StoreUnavailableException"/>; other errors surface as they are.</summary>
    /// <param name="mayHaveHappened">Whether the operation, were its answer lost, may have been committed.</param>
    /// <param name="operation">The operation.</param>
    public static async Task<T> GuardAsync<T>(bool mayHaveHappened, Func<Task<T>> operation)
    {
        try
        {
            return await operation();
        }
        catch (Exception exception) when (IsOutage(exception))
        {
            var refusedAtOnce = exception is PostgresException { SqlState: not PostgresErrorCodes.AdminShutdown };
            throw new StoreUnavailableException(
                StoreKind.PostgreSql, $"PostgreSQL cannot be used: {exception.Message}", mayHaveHappened && !refusedAtOnce, exception);
        }
    }

    /// <summary>
    /// Whether an exception means that the server is gone, going, full or read-only. Constraint violations (23xxx),
    /// serialisation failures (40001) and deadlocks (40P01) are answers of a living server.
    /// </summary>
    public static bool IsOutage(Exception exception) => exception switch
    {
        PostgresException { SqlState: var state } =>
            state.StartsWith("57P0", StringComparison.Ordinal) || state.StartsWith("08", StringComparison.Ordinal)
            || state.StartsWith("53", StringComparison.Ordinal) || state is "25006" or "58030" or "3D000" or "28P01" or "28000",
        NpgsqlException { InnerException: TimeoutException or IOException or SocketException } => true,
        NpgsqlException { InnerException: null } => true,
        NpgsqlException npgsql => npgsql.IsTransient,
        TimeoutException or SocketException => true,
        _ => false,
    };
}
