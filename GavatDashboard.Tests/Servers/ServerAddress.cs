using Npgsql;
using StackExchange.Redis;

namespace GavatDashboard.Tests.Servers;

/// <summary>Reads server addresses from the environment: a driver's own form, or a URL.</summary>
internal static class ServerAddress
{
    /// <summary>Reads <c>postgres://user:password@host:port/database</c> or a connection string.</summary>
    public static NpgsqlConnectionStringBuilder Postgres(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("postgres" or "postgresql"))
        {
            return new NpgsqlConnectionStringBuilder(text);
        }

        var (user, password) = UserInfo(url);
        return new NpgsqlConnectionStringBuilder
        {
            Host = url.Host,
            Port = url.Port > 0 ? url.Port : 5432,
            Username = user,
            Password = password,
            Database = url.AbsolutePath.Length > 1 ? url.AbsolutePath[1..] : "postgres",
        };
    }

    /// <summary>Reads <c>redis://user:password@host:port</c> (<c>rediss://</c> for TLS) or a configuration string.</summary>
    public static ConfigurationOptions Redis(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("redis" or "rediss"))
        {
            return ConfigurationOptions.Parse(text);
        }

        var (user, password) = UserInfo(url);
        var options = new ConfigurationOptions { User = user, Password = password, Ssl = url.Scheme == "rediss" };
        options.EndPoints.Add(url.Host, url.Port > 0 ? url.Port : 6379);
        return options;
    }

    private static (string? User, string? Password) UserInfo(Uri url)
    {
        var parts = url.UserInfo.Split(':', 2);
        var user = parts[0].Length > 0 ? Uri.UnescapeDataString(parts[0]) : null;
        return (user, parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : null);
    }
}
