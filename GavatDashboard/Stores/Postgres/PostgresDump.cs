using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Domain.Coins;
using Npgsql;

namespace GavatDashboard.Stores.Postgres;

/// <summary>Backups of the PostgreSQL ledger with PostgreSQL's own programs, which have to be on this machine.</summary>
internal static class PostgresDump
{
    private const string DebianPrograms = "/usr/lib/postgresql";

    // What refers to them goes with them; a table of somebody else stays, without its foreign key.
    private static readonly string DropTables = $"DROP TABLE IF EXISTS {string.Join(", ", PostgresMigrations.Tables)} CASCADE";

    /// <summary>Writes the whole database to a file, of one instant, in pg_dump's own form.</summary>
    /// <exception cref="StoreUnavailableException">The program is missing, or it failed; the message has its words.</exception>
    public static Task TakeAsync(string connectionString, string file, CancellationToken cancellationToken) =>
        RunAsync(connectionString, "pg_dump", ["--format=custom", "--no-owner", "--no-privileges", $"--file={file}"], cancellationToken);

    /// <summary>
    /// Puts a dump in the place of the database's content, in one transaction. A missing database is made. The application's tables that the dump
    /// does not know, because migrations after it made them, go too: those migrations run again. Tables of others stay.
    /// </summary>
    /// <exception cref="StoreUnavailableException">A program is missing, or it failed; then nothing was changed.</exception>
    public static async Task PutBackAsync(string connectionString, string file, CancellationToken cancellationToken)
    {
        var script = file + ".sql";
        await RunAsync(connectionString, "pg_restore", ["--clean", "--if-exists", "--no-owner", "--no-privileges", $"--file={script}", file], cancellationToken);
        await RunAsync(
            connectionString,
            "psql",
            [
                "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", $"--output={script}.out", $"--command={DropTables}", $"--file={script}",
            ],
            cancellationToken);
    }

    /// <summary>Whether the database holds a ledger with entries. A missing database is made, with an empty ledger.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be reached.</exception>
    public static async Task<bool> HasEntriesAsync(string connectionString, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            await PostgresMigrations.RunAsync(connectionString, logger, cancellationToken);
            var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
            await using var connection = new NpgsqlConnection(settings.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("SELECT EXISTS (SELECT 1 FROM coin_transactions)", connection);
            return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
        }
        catch (NpgsqlException exception)
        {
            throw new StoreUnavailableException(StoreKind.PostgreSql, $"PostgreSQL cannot be reached: {exception.Message}", innerException: exception);
        }
    }

    /// <summary>Where a program is: on the PATH, or the newest of Debian's versions, which are kept off it; null where it is nowhere.</summary>
    internal static string? Find(string program, string? path)
    {
        var folders = Directory.Exists(DebianPrograms)
            ? Directory.GetDirectories(DebianPrograms)
                .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0)
                .Select(folder => Path.Combine(folder, "bin"))
            : [];
        return folders.Concat((path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
    }

    private static async Task RunAsync(string connectionString, string program, string[] arguments, CancellationToken cancellationToken)
    {
        var found = Find(program, Environment.GetEnvironmentVariable("PATH"))
            ?? throw new StoreUnavailableException(
                StoreKind.PostgreSql, $"The program {program} is missing on this machine; the ledger is in PostgreSQL. Install PostgreSQL's client programs (package postgresql-client).");
        var start = new ProcessStartInfo(found, arguments) { RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Insert(0, "--no-password");
        foreach (var (name, value) in Variables(connectionString))
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{found} did not start.");
        try
        {
            var words = await process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
            {
                throw new StoreUnavailableException(StoreKind.PostgreSql, $"{program} failed: {words.Trim()}");
            }
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>The connection as libpq reads it from the environment: on the command line every user of the machine could read the password.</summary>
    internal static IReadOnlyDictionary<string, string> Variables(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var hosts = (settings.Host ?? "localhost").Split(',', StringSplitOptions.TrimEntries).Select(host => Split(host, settings.Port)).ToArray();
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PGHOST"] = string.Join(',', hosts.Select(host => host.Name)),
            ["PGPORT"] = string.Join(',', hosts.Select(host => host.Port)),
            ["PGDATABASE"] = settings.Database ?? "postgres",
            ["PGTARGETSESSIONATTRS"] = "read-write",
            ["PGAPPNAME"] = "GavatDashboard",
            ["PGCONNECT_TIMEOUT"] = "10",
            ["PGSSLMODE"] = settings.SslMode switch
            {
                SslMode.VerifyCA => "verify-ca",
                SslMode.VerifyFull => "verify-full",
                var mode => mode.ToString().ToLowerInvariant(),
            },
        };
        AddIf("PGUSER", settings.Username);
        AddIf("PGPASSWORD", settings.Password);
        AddIf("PGPASSFILE", settings.Passfile);
        AddIf("PGSSLROOTCERT", settings.RootCertificate);
        AddIf("PGSSLCERT", settings.SslCertificate);
        AddIf("PGSSLKEY", settings.SslKey);
        return variables;

        void AddIf(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                variables[name] = value;
            }
        }
    }

    // Npgsql takes HOST:PORT in a list; an address of IP version 6 with a port stands in brackets.
    private static (string Name, string Port) Split(string host, int port)
    {
        var colon = host.LastIndexOf(':');
        var hasPort = colon > 0 && (host.IndexOf(':') == colon || host[colon - 1] == ']');
        var name = (hasPort ? host[..colon] : host).Trim('[', ']');
        return (name, hasPort ? host[(colon + 1)..] : port.ToString(CultureInfo.InvariantCulture));
    }
}
