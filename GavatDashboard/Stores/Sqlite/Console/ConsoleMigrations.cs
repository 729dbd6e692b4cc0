using System.Reflection;
using DbUp;
using DbUp.Engine.Output;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Sqlite.Console;

/// <summary>Brings <c>console.db</c> to the newest schema. The caller holds the process lock.</summary>
internal static class ConsoleMigrations
{
    private const string ScriptPrefix = "GavatDashboard.Stores.Sqlite.Console.Migrations.";

    public static void Run(string connectionString, ILogger logger)
    {
        using (var connection = new SqliteConnection(connectionString))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA journal_mode = WAL;";
            command.ExecuteNonQuery();
        }

        var result = DeployChanges.To
            .SqliteDatabase(connectionString)
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.StartsWith(ScriptPrefix, StringComparison.Ordinal))
            .WithTransaction()
            .WithVariablesDisabled()
            .LogTo(new MigrationLog(logger))
            .Build()
            .PerformUpgrade();
        if (!result.Successful)
        {
            throw new InvalidOperationException($"The console store could not be migrated: script {result.ErrorScript?.Name ?? "(none)"} failed.", result.Error);
        }
    }

    /// <summary>Forwards to the application's log; the routine "nothing to do" lines only at debug level.</summary>
    private sealed class MigrationLog(ILogger logger) : IUpgradeLog
    {
        public void LogTrace(string format, params object[] args) => Write(LogLevel.Trace, null, format, args);

        public void LogDebug(string format, params object[] args) => Write(LogLevel.Debug, null, format, args);

        public void LogInformation(string format, params object[] args) => Write(LogLevel.Debug, null, format, args);

        public void LogWarning(string format, params object[] args) => Write(LogLevel.Warning, null, format, args);

        public void LogError(string format, params object[] args) => Write(LogLevel.Error, null, format, args);

        public void LogError(Exception ex, string format, params object[] args) => Write(LogLevel.Error, ex, format, args);

        private void Write(LogLevel level, Exception? problem, string format, object[] args)
        {
            if (logger.IsEnabled(level))
            {
                var text = string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args);
                logger.Log(level, problem, "Console store migration: {Message}", text);
            }
        }
    }
}
