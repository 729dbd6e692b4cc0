using System.Data;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Stores.Sqlite;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace GavatDashboard.Stores;

/// <summary>Checks whole ledgers, each at one instant and beside whoever writes it.</summary>
internal static class LedgerVerifier
{
    /// <summary>Checks the ledger in a PostgreSQL database.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be reached, or it has no ledger.</exception>
    public static async Task<LedgerCheck> CheckPostgresAsync(string connectionString, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Timeout = 10, ApplicationName = "GavatDashboard verify" };
        try
        {
            await using var connection = new NpgsqlConnection(settings.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
            return await new SqlLedgerWalk(new PostgresDialect()).RunAsync(connection, snapshot, cancellationToken);
        }
        catch (NpgsqlException exception)
        {
            throw new StoreUnavailableException(StoreKind.PostgreSql, $"The ledger in PostgreSQL cannot be read: {exception.Message}", innerException: exception);
        }
    }

    /// <summary>Checks the ledger in a SQLite file, which is opened for reading alone.</summary>
    /// <exception cref="StoreUnavailableException">There is no such file, or it has no ledger.</exception>
    public static async Task<LedgerCheck> CheckSqliteAsync(string path, CancellationToken cancellationToken)
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false, DefaultTimeout = 10 };
        try
        {
            await using var connection = new SqliteConnection(settings.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var snapshot = connection.BeginTransaction(deferred: true);
            return await new SqlLedgerWalk(new SqliteDialect()).RunAsync(connection, snapshot, cancellationToken);
        }
        catch (SqliteException exception)
        {
            throw new StoreUnavailableException(StoreKind.Sqlite, $"The ledger in '{path}' cannot be read: {exception.Message}", innerException: exception);
        }
    }
}
