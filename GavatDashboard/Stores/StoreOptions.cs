using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Stores;

/// <summary>What kind of stores the application was started on.</summary>
public enum StoreMode
{
    /// <summary>Stand-ins in this process; no server is needed.</summary>
    Embedded,

    /// <summary>The machine's own server programs, started beside the application.</summary>
    Local,

    /// <summary>Containers.</summary>
    Compose,

    /// <summary>Servers that somebody else runs.</summary>
    External,
}

/// <summary>Section <c>Stores</c>.</summary>
public sealed class StoreOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Stores";

    /// <summary>What kind of stores the application was started on; shown on the pages.</summary>
    public StoreMode Mode { get; set; } = StoreMode.Embedded;

    /// <summary>How many pages of 4 kB the fallback's file, and the file of its notes, may have at most; 0 for as many as fit on the disk.</summary>
    [Range(0, int.MaxValue)]
    public int SqliteMaxPages { get; set; }

    /// <summary>Whether the MongoDB server is a development server, which every page then says.</summary>
    public bool MongoDevelopmentServer { get; set; }
}

/// <summary>Connection strings: section <c>ConnectionStrings</c>. An empty one means the stand-in in this process.</summary>
public sealed class StoreConnections
{
    /// <summary>PostgreSQL; may name several hosts.</summary>
    public string? PostgreSql { get; set; }

    /// <summary>Redis.</summary>
    public string? Redis { get; set; }

    /// <summary>MongoDB.</summary>
    public string? MongoDb { get; set; }

    /// <summary>The SQLite fallback: a path or a connection string; empty for <c>gavatcore_v2.db</c> in the data folder.</summary>
    public string? Sqlite { get; set; }
}

/// <summary>Says at start what is wrong with the connection strings, by key.</summary>
internal sealed class StoreConnectionsValidation : IValidateOptions<StoreConnections>
{
    public ValidateOptionsResult Validate(string? name, StoreConnections options)
    {
        var errors = new List<string>();
        Check("PostgreSql", options.PostgreSql, text => _ = new Npgsql.NpgsqlConnectionStringBuilder(text));
        Check("Redis", options.Redis, text => _ = StackExchange.Redis.ConfigurationOptions.Parse(text));
        Check("MongoDb", options.MongoDb, text => _ = new MongoDB.Driver.MongoUrl(text));
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Check(string key, string? value, Action<string> parse)
        {
            if (string.IsNullOrWhiteSpace(value))
            {
                return;
            }

            try
            {
                parse(value);
            }
            catch (Exception exception) when (exception is ArgumentException or FormatException or MongoDB.Driver.MongoConfigurationException)
            {
                // The value itself may hold a password, so only the key is named.
                errors.Add($"ConnectionStrings:{key} cannot be read: {exception.GetType().Name}. Check its form.");
            }
        }
    }
}
