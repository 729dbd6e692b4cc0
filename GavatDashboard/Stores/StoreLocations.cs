using GavatDashboard.Stores.Sqlite.Console;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace GavatDashboard.Stores;

/// <summary>Where everything that is kept lies, for verbs that work beside the application or without it.</summary>
/// <param name="DataFolder">The data folder.</param>
/// <param name="PostgreSql">The connection string of the primary ledger, or null in embedded mode.</param>
/// <param name="FallbackFile">The SQLite fallback.</param>
internal sealed record StoreLocations(string DataFolder, string? PostgreSql, string FallbackFile)
{
    /// <summary>The file in PostgreSQL's place.</summary>
    public string PrimaryFile => Path.Combine(DataFolder, "primary.db");

    /// <summary>The address of Redis, or null where it is in the application's process.</summary>
    public string? Redis { get; init; }

    /// <summary>The address of MongoDB, or null where a file is in its place.</summary>
    public string? MongoDb { get; init; }

    /// <summary>The file in MongoDB's place.</summary>
    public string DocumentsFile => Path.Combine(DataFolder, "documents.db");

    /// <summary>Accounts, keys and the audit chain.</summary>
    public string ConsoleFile => Path.Combine(DataFolder, "console.db");

    /// <summary>The progress of imports.</summary>
    public string ImportsFile => Path.Combine(DataFolder, "imports.db");

    /// <summary>How the primary is called in messages; without its password.</summary>
    public string PrimaryName
    {
        get
        {
            if (PostgreSql is null)
            {
                return PrimaryFile;
            }

            var settings = new NpgsqlConnectionStringBuilder(PostgreSql);
            return $"{settings.Database} at {settings.Host}:{settings.Port}";
        }
    }

    /// <summary>What the configuration says.</summary>
    public static StoreLocations From(IConfiguration configuration)
    {
        var folder = (configuration.GetSection(DataOptions.Section).Get<DataOptions>() ?? new DataOptions()).FullPath;
        var sqlite = configuration.GetConnectionString("Sqlite");
        var postgres = configuration.GetConnectionString("PostgreSql");
        return new StoreLocations(
            folder,
            NullIfEmpty(postgres),
            string.IsNullOrWhiteSpace(sqlite) ? Path.Combine(folder, "gavatcore_v2.db")
            : sqlite.Contains('=', StringComparison.Ordinal) ? Path.GetFullPath(new SqliteConnectionStringBuilder(sqlite).DataSource)
            : Path.GetFullPath(sqlite))
        {
            Redis = NullIfEmpty(configuration.GetConnectionString("Redis")),
            MongoDb = NullIfEmpty(configuration.GetConnectionString("MongoDb")),
        };
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
