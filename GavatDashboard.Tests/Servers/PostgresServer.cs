using System.Globalization;
using Npgsql;

namespace GavatDashboard.Tests.Servers;

/// <summary>A private PostgreSQL server on a free loopback port, or a server that the environment names.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly ServerFolder? folder;
    private readonly NpgsqlConnectionStringBuilder address;
    private readonly bool isDurable;
    private ServerProcess? process;

    private PostgresServer(NpgsqlConnectionStringBuilder address, ServerFolder? folder, bool isDurable)
    {
        this.address = address;
        this.folder = folder;
        this.isDurable = isDurable;
    }

    /// <summary>Connection string of the maintenance database, as a superuser.</summary>
    public string ConnectionString => address.ConnectionString;

    public string Host => address.Host!;

    public int Port => address.Port;

    /// <summary>Whether its process is gone.</summary>
    public bool HasEnded => Own().HasEnded;

    /// <summary>False where the environment named the server: such a one cannot be killed or suspended.</summary>
    public bool IsOwn => folder is not null;

    /// <summary>The last lines of the server's log.</summary>
    public string Log => process?.Output ?? string.Empty;

    /// <summary>Starts a private server, whatever the environment says.</summary>
    /// <param name="isDurable">True flushes every commit to the disk, as production does; false is quicker and survives SIGKILL all the same.</param>
    /// <param name="under">The folder in which its data are; null for the temporary folder.</param>
    /// <exception cref="InvalidOperationException">PostgreSQL is not installed, or did not start.</exception>
    public static async Task<PostgresServer> StartAsync(bool isDurable = false, string? under = null)
    {
        var initdb = ServerPrograms.Postgres("initdb");
        var folder = await ServerFolder.CreateAsync("postgres", "postgres", under);
        var address = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = LoopbackPort.Free(),
            Username = "postgres",
            Database = "postgres",
            Timeout = 5,
            CommandTimeout = 30,
        };
        var server = new PostgresServer(address, folder, isDurable);
        try
        {
            await ServerProcess.RunAsync(
                initdb,
                ["-D", server.DataFolder, "-U", "postgres", "-A", "trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
                folder.Path,
                StartTimeout,
                "postgres");
            await server.LaunchAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a streaming standby of this server, which has confirmed every commit before it is answered.</summary>
    /// <exception cref="InvalidOperationException">It could not be made, or did not start.</exception>
    public async Task<PostgresServer> StartStandbyAsync()
    {
        var home = await ServerFolder.CreateAsync("standby", "postgres");
        var standby = new PostgresServer(new NpgsqlConnectionStringBuilder(ConnectionString) { Port = LoopbackPort.Free() }, home, isDurable);
        try
        {
            await ServerProcess.RunAsync(
                ServerPrograms.Postgres("pg_basebackup"),
                ["-h", Host, "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", "postgres", "-D", standby.DataFolder, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"],
                home.Path,
                StartTimeout,
                "postgres");
            await standby.LaunchAsync();
            await ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = '*'");
            await ExecuteAsync("SELECT pg_reload_conf()");
            return standby;
        }
        catch
        {
            await standby.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a standby the primary, and lets it go on without a standby of its own.</summary>
    public async Task PromoteAsync()
    {
        await ServerProcess.RunAsync(ServerPrograms.Postgres("pg_ctl"), ["promote", "-D", DataFolder], folder!.Path, StartTimeout, "postgres");
    }

    /// <summary>Uses the server that a connection string or a <c>postgres://</c> address names.</summary>
    public static PostgresServer Attach(string url) => new(ServerAddress.Postgres(url), folder: null, isDurable: true);

    /// <summary>An empty database of its own for a test class; disposing drops it.</summary>
    /// <param name="options">What <c>CREATE DATABASE</c> is told besides the name.</param>
    public async Task<PostgresDatabase> CreateDatabaseAsync(string options = "")
    {
        var name = "test_" + Guid.NewGuid().ToString("N")[..12];
        await ExecuteAsync($"CREATE DATABASE \"{name}\" {options}");
        return new PostgresDatabase(this, name, new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name }.ConnectionString);
    }

    /// <summary>Kills every process of the server with SIGKILL.</summary>
    public Task KillAsync() => Own().KillAsync();

    /// <summary>Freezes every process of the server with SIGSTOP.</summary>
    public void Suspend() => Own().Suspend();

    /// <summary>Thaws what <see cref="Suspend"/> froze.</summary>
    public void Resume() => Own().Resume();

    /// <summary>Ends the server in order; its clients see an administrator's shutdown (SQLSTATE 57P01).</summary>
    public Task StopAsync() => Own().EndAsync(ServerSignal.Interrupt);

    /// <summary>Starts the server again on the same port and data; a running one is killed first.</summary>
    public async Task RestartAsync()
    {
        if (!Own().HasEnded)
        {
            await KillAsync();
        }

        await LaunchAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            await process.EndAsync(ServerSignal.Quit);
        }

        folder?.Dispose();
    }

    internal async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Unpooled());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private string DataFolder => Path.Combine(folder!.Path, "data");

    private async Task LaunchAsync()
    {
        var durability = isDurable ? "on" : "off";
        string[] settings =
        [
            "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200", "shared_buffers=64MB",
            $"fsync={durability}", $"full_page_writes={durability}", "dynamic_shared_memory_type=mmap",
        ];
        process = await ServerProcess.StartAsync(
            ServerPrograms.Postgres("postgres"),
            ["-D", DataFolder, "-p", Port.ToString(CultureInfo.InvariantCulture), .. settings.SelectMany(setting => new[] { "-c", setting })],
            folder!.Path,
            "postgres");
        await process.WaitUntilAnswersAsync(AnswersAsync, StartTimeout);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await ExecuteAsync("SELECT 1");
            return true;
        }
        catch (NpgsqlException)
        {
            return false; // refused, or still recovering: the caller asks again until its time is up
        }
    }

    private string Unpooled() => new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false }.ConnectionString;

    private ServerProcess Own() => process
        ?? throw new InvalidOperationException("This PostgreSQL server was named by the environment; start a private one with PostgresServer.StartAsync.");
}

/// <summary>A test's own PostgreSQL database.</summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    internal PostgresDatabase(PostgresServer server, string name, string connectionString)
    {
        Server = server;
        Name = name;
        ConnectionString = connectionString;
    }

    public PostgresServer Server { get; }

    public string Name { get; }

    public string ConnectionString { get; }

    public async ValueTask DisposeAsync()
    {
        await using (var connection = new NpgsqlConnection(ConnectionString))
        {
            NpgsqlConnection.ClearPool(connection);
        }

        await Server.ExecuteAsync($"DROP DATABASE IF EXISTS \"{Name}\" WITH (FORCE)");
    }
}
