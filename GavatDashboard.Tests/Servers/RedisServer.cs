using System.Collections.Concurrent;
using System.Globalization;
using StackExchange.Redis;

namespace GavatDashboard.Tests.Servers;

/// <summary>A private Redis server on a free loopback port, or a server that the environment names.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const int OwnDatabases = 256;
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    private readonly ServerFolder? folder;
    private readonly ConfigurationOptions address;
    private readonly bool isDurable;
    private readonly ConcurrentQueue<int> freeDatabases;
    private ServerProcess? process;

    private RedisServer(ConfigurationOptions address, ServerFolder? folder, bool isDurable, int databases)
    {
        this.address = address;
        this.folder = folder;
        this.isDurable = isDurable;

        // Database 0 stays free for whoever runs the server.
        freeDatabases = new ConcurrentQueue<int>(Enumerable.Range(1, databases - 1));
    }

    /// <summary>Connection string of the server, without a database.</summary>
    public string ConnectionString => address.ToString(includePassword: true);

    /// <summary>Zero where the environment named the server.</summary>
    public int Port { get; private init; }

    /// <summary>False where the environment named the server: such a one cannot be killed or suspended.</summary>
    public bool IsOwn => folder is not null;

    /// <summary>The last lines of the server's log.</summary>
    public string Log => process?.Output ?? string.Empty;

    /// <summary>Starts a private server, whatever the environment says.</summary>
    /// <param name="isDurable">True keeps an append-only file, so that data outlives a kill; false keeps nothing.</param>
    /// <exception cref="InvalidOperationException">Redis is not installed, or did not start.</exception>
    public static async Task<RedisServer> StartAsync(bool isDurable = false)
    {
        ServerPrograms.Redis();
        var port = LoopbackPort.Free();
        var folder = await ServerFolder.CreateAsync("redis");
        var server = new RedisServer(ServerAddress.Redis($"127.0.0.1:{port}"), folder, isDurable, OwnDatabases) { Port = port };
        try
        {
            await server.LaunchAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Uses the server that a StackExchange.Redis configuration or a <c>redis://</c> address names.</summary>
    public static async Task<RedisServer> AttachAsync(string url)
    {
        var address = ServerAddress.Redis(url);
        await using var connection = await ConnectAsync(address);
        return new RedisServer(address, folder: null, isDurable: true, connection.GetServers()[0].DatabaseCount);
    }

    /// <summary>An empty logical database of its own for a test class; disposing empties it. Channels are shared by all of them.</summary>
    /// <exception cref="InvalidOperationException">More tests run at once than the server has databases.</exception>
    public async Task<RedisDatabase> CreateDatabaseAsync()
    {
        if (!freeDatabases.TryDequeue(out var number))
        {
            throw new InvalidOperationException("Every logical database of the Redis server is in use; configure it with more ('databases' in redis.conf).");
        }

        await FlushAsync(number);
        var own = address.Clone();
        own.DefaultDatabase = number;
        return new RedisDatabase(this, number, own.ToString(includePassword: true));
    }

    /// <summary>Kills the server with SIGKILL.</summary>
    public Task KillAsync() => Own().KillAsync();

    /// <summary>Writes a snapshot. Where nothing else is kept, the server comes back with it after a kill, old as it may be by then.</summary>
    public async Task SnapshotAsync()
    {
        await using var connection = await ConnectAsync(address);
        await connection.GetServers()[0].ExecuteAsync("SAVE");
    }

    /// <summary>Freezes the server with SIGSTOP.</summary>
    public void Suspend() => Own().Suspend();

    /// <summary>Thaws what <see cref="Suspend"/> froze.</summary>
    public void Resume() => Own().Resume();

    /// <summary>Ends the server in order.</summary>
    public Task StopAsync() => Own().EndAsync(ServerSignal.Terminate);

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
            await process.EndAsync(ServerSignal.Terminate);
        }

        folder?.Dispose();
    }

    internal async Task ReleaseAsync(int database)
    {
        await FlushAsync(database);
        freeDatabases.Enqueue(database);
    }

    private static Task<ConnectionMultiplexer> ConnectAsync(ConfigurationOptions options)
    {
        var administrator = options.Clone();
        administrator.AllowAdmin = true;
        administrator.AbortOnConnectFail = true;
        administrator.ConnectRetry = 0;
        return ConnectionMultiplexer.ConnectAsync(administrator);
    }

    private async Task FlushAsync(int database)
    {
        await using var connection = await ConnectAsync(address);
        await connection.GetServers()[0].FlushDatabaseAsync(database);
    }

    private async Task LaunchAsync()
    {
        process = await ServerProcess.StartAsync(
            ServerPrograms.Redis(),
            [
                "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", folder!.Path,
                "--databases", OwnDatabases.ToString(CultureInfo.InvariantCulture), "--save", "",
                "--appendonly", isDurable ? "yes" : "no", "--appendfsync", "always",
            ],
            folder.Path);
        await process.WaitUntilAnswersAsync(AnswersAsync, StartTimeout);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await using var connection = await ConnectAsync(address);
            await connection.GetDatabase().PingAsync();
            return true;
        }
        catch (RedisException)
        {
            return false; // refused, or still loading: the caller asks again until its time is up
        }
    }

    private ServerProcess Own() => process
        ?? throw new InvalidOperationException("This Redis server was named by the environment; start a private one with RedisServer.StartAsync.");
}

/// <summary>A test's own logical Redis database.</summary>
public sealed class RedisDatabase : IAsyncDisposable
{
    internal RedisDatabase(RedisServer server, int number, string connectionString)
    {
        Server = server;
        Number = number;
        ConnectionString = connectionString;
    }

    public RedisServer Server { get; }

    public int Number { get; }

    public string ConnectionString { get; }

    public async ValueTask DisposeAsync() => await Server.ReleaseAsync(Number);
}
