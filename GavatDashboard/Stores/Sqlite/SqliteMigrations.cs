using DbUp;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Stores.Sqlite.Console;

namespace GavatDashboard.Stores.Sqlite;

/// <summary>Brings a SQLite ledger's schema up to date.</summary>
internal static class SqliteMigrations
{
    /// <summary>Makes the file where there is none and runs what has not run yet; a second process waits for the first.</summary>
    public static void Run(SqliteDatabase database, ILogger logger)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(database.Path)!);
        using var turn = ConsoleFileLock.Acquire(database.Path + ".migrating", TimeSpan.FromSeconds(30));
        SqlMigrations.Run(DeployChanges.To.SqliteDatabase(database.ConnectionString), "Sqlite.Migrations", logger);
    }
}
