using System.Reflection;
using System.Text.RegularExpressions;
using DbUp.Builder;
using DbUp.Engine.Output;

namespace GavatDashboard.Stores.Sql;

/// <summary>Brings a store's schema up to date from the scripts in this assembly. Each script runs once, in its own transaction.</summary>
internal static partial class SqlMigrations
{
    /// <summary>Runs what has not run yet.</summary>
    /// <param name="upgrade">The database.</param>
    /// <param name="folder">The scripts' folder below <c>Stores</c>, such as <c>Postgres.Migrations</c>.</param>
    /// <param name="logger">Where to tell what was done.</param>
    /// <exception cref="InvalidOperationException">A script failed; the message names it.</exception>
    public static void Run(UpgradeEngineBuilder upgrade, string folder, ILogger logger)
    {
        var result = upgrade
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => IsIn(folder, name))
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .LogTo(new UpgradeLog(logger))
            .Build()
            .PerformUpgrade();
        if (!result.Successful)
        {
            throw new InvalidOperationException($"The migration {result.ErrorScript?.Name ?? folder} failed: {result.Error.Message}", result.Error);
        }
    }

    /// <summary>The tables that the scripts of a folder make, each once.</summary>
    public static IReadOnlyList<string> TablesOf(string folder)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var tables = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var name in assembly.GetManifestResourceNames().Where(name => IsIn(folder, name)))
        {
            using var script = new StreamReader(assembly.GetManifestResourceStream(name)!);
            tables.UnionWith(MadeTable().Matches(script.ReadToEnd()).Select(match => match.Groups[1].Value));
        }

        return [.. tables];
    }

    private static bool IsIn(string folder, string script) => script.Contains($".Stores.{folder}.", StringComparison.Ordinal);

    [GeneratedRegex(@"^\s*CREATE TABLE (?:IF NOT EXISTS )?(\w+)", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex MadeTable();

    private sealed class UpgradeLog(ILogger logger) : IUpgradeLog
    {
        public void LogTrace(string format, params object[] args) => Write(LogLevel.Trace, null, format, args);

        public void LogDebug(string format, params object[] args) => Write(LogLevel.Debug, null, format, args);

        public void LogInformation(string format, params object[] args) => Write(LogLevel.Debug, null, format, args);

        public void LogWarning(string format, params object[] args) => Write(LogLevel.Warning, null, format, args);

        public void LogError(string format, params object[] args) => Write(LogLevel.Error, null, format, args);

        public void LogError(Exception ex, string format, params object[] args) => Write(LogLevel.Error, ex, format, args);

        private void Write(LogLevel level, Exception? exception, string format, object[] args) =>
            logger.Log(level, exception, "Migration: {Message}", args.Length == 0 ? format : string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args));
    }
}
