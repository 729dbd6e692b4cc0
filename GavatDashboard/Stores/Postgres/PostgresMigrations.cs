using DbUp;
using GavatDashboard.Stores.Sql;
using Npgsql;

namespace GavatDashboard.Stores.Postgres;

/// <summary>Brings the PostgreSQL ledger's schema up to date, and makes the database where there is none.</summary>
internal static class PostgresMigrations
{
    // Any number will do, as long as every instance takes the same.
    private const long AdvisoryLock = 0x4761766174_01;

    private const string Folder = "Postgres.Migrations";

    /// <summary>The tables that the migrations make, those of which a later one gets rid among them.</summary>
    public static IReadOnlyList<string> Tables { get; } = SqlMigrations.TablesOf(Folder);

    /// <summary>Makes the database where the role may, and runs what has not run yet; a second instance waits for the first.</summary>
    /// <exception cref="InvalidOperationException">The database is missing and the role may not make it, or a script failed.</exception>
    public static async Task RunAsync(string connectionString, ILogger logger, CancellationToken cancellationToken)
    {
        await EnsureDatabaseAsync(connectionString, logger, cancellationToken);
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 60 };
        await using var holder = new NpgsqlConnection(unpooled.ConnectionString);
        await holder.OpenAsync(cancellationToken);
        await using (var take = new NpgsqlCommand("SELECT pg_advisory_lock(@key)", holder))
        {
            take.Parameters.AddWithValue("key", AdvisoryLock);
            await take.ExecuteNonQueryAsync(cancellationToken);
        }

        // Closing the connection gives the lock back, also when the process dies.
        SqlMigrations.Run(DeployChanges.To.PostgresqlDatabase(unpooled.ConnectionString), Folder, logger);
    }

    private static async Task EnsureDatabaseAsync(string connectionString, ILogger logger, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        var name = settings.Database ?? "postgres";
        try
        {
            await using var probe = new NpgsqlConnection(settings.ConnectionString);
            await probe.OpenAsync(cancellationToken);
            return;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            logger.LogInformation("The database {Database} is missing; making it", name);
        }

        settings.Database = "postgres";
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var create = new NpgsqlCommand($"CREATE DATABASE \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", connection);
        try
        {
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another instance was quicker.
            logger.LogDebug("The database {Database} was made by another instance", name);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new InvalidOperationException(
                $"The database '{name}' does not exist and the role '{settings.Username}' may not create it. Create it (CREATE DATABASE \"{name}\" OWNER \"{settings.Username}\") or grant CREATEDB.",
                exception);
        }
    }
}
