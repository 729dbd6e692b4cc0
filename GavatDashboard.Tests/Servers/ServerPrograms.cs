using System.Globalization;

namespace GavatDashboard.Tests.Servers;

/// <summary>Finds the server programs that tests start, and says what to install where one is missing.</summary>
internal static class ServerPrograms
{
    /// <summary>Debian keeps PostgreSQL's server programs off the PATH, one folder a version; the newest wins.</summary>
    /// <param name="program"><c>initdb</c> or <c>postgres</c>.</param>
    /// <exception cref="InvalidOperationException">The program is not installed.</exception>
    public static string Postgres(string program)
    {
        const string root = "/usr/lib/postgresql";
        var debian = Directory.Exists(root)
            ? Directory.EnumerateDirectories(root)
                .OrderByDescending(folder => double.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0)
                .Select(folder => Path.Combine(folder, "bin", program))
                .FirstOrDefault(File.Exists)
            : null;
        return debian ?? OnPath(program) ?? throw Missing(program, "postgresql");
    }

    /// <exception cref="InvalidOperationException">The program is not installed.</exception>
    public static string Redis() => OnPath("redis-server") ?? throw Missing("redis-server", "redis-server");

    /// <exception cref="InvalidOperationException">The program is not installed.</exception>
    public static string Node() => OnPath("node")
        ?? throw new InvalidOperationException("The program 'node' is missing. Install Node.js 20 or newer from https://nodejs.org or your package manager.");

    /// <exception cref="InvalidOperationException">The program is not installed.</exception>
    public static string Npm() => OnPath("npm")
        ?? throw new InvalidOperationException("The program 'npm' is missing. It comes with Node.js 20 or newer (https://nodejs.org).");

    /// <summary>The full path of a program on the PATH, or null.</summary>
    public static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin")
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    private static InvalidOperationException Missing(string program, string package) => new(
        $"The program '{program}' is missing. Install it with 'sudo apt-get install -y {package}', "
        + "or let scripts/test.sh do it.");
}
