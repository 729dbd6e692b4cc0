using System.Globalization;
using MongoDB.Bson;
using MongoDB.Driver;

namespace GavatDashboard.Tests.Servers;

/// <summary>
/// The MongoDB development server of <c>scripts/mongo-dev</c> on a free loopback port, or a server that the environment
/// names. The development server lives in memory: after a kill or a restart it is empty.
/// </summary>
public sealed class MongoServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan InstallTimeout = TimeSpan.FromMinutes(3);

    private readonly ServerFolder? folder;
    private readonly MongoUrl address;
    private ServerProcess? process;

    private MongoServer(MongoUrl address, ServerFolder? folder)
    {
        this.address = address;
        this.folder = folder;
    }

    /// <summary>Connection string of the server, without a database.</summary>
    public string ConnectionString => address.ToString();

    public int Port => address.Server.Port;

    /// <summary>False where the environment named the server: such a one cannot be killed or suspended.</summary>
    public bool IsOwn => folder is not null;

    /// <summary>The last lines of the server's log.</summary>
    public string Log => process?.Output ?? string.Empty;

    /// <summary>Starts a private development server, whatever the environment says.</summary>
    /// <exception cref="InvalidOperationException">Node is not installed, or the server did not start.</exception>
    public static async Task<MongoServer> StartAsync()
    {
        await InstallAsync();
        var folder = await ServerFolder.CreateAsync("mongo");
        var url = string.Create(CultureInfo.InvariantCulture, $"mongodb://127.0.0.1:{LoopbackPort.Free()}/?serverSelectionTimeoutMS=5000");
        var server = new MongoServer(new MongoUrl(url), folder);
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

    /// <summary>Uses the server that a <c>mongodb://</c> address names.</summary>
    public static MongoServer Attach(string url) => new(new MongoUrl(url), folder: null);

    /// <summary>A database name of its own for a test class; disposing drops the database.</summary>
    public Task<MongoTestDatabase> CreateDatabaseAsync()
    {
        var name = "test_" + Guid.NewGuid().ToString("N")[..12];
        var own = new MongoUrlBuilder(ConnectionString) { DatabaseName = name };

        // The database in the address would otherwise become the one that users are looked up in.
        if (address.Username is not null)
        {
            own.AuthenticationSource = address.AuthenticationSource ?? "admin";
        }

        return Task.FromResult(new MongoTestDatabase(this, name, own.ToString()));
    }

    /// <summary>Kills the server with SIGKILL; the development server's data is gone.</summary>
    public Task KillAsync() => Own().KillAsync();

    /// <summary>Freezes the server with SIGSTOP.</summary>
    public void Suspend() => Own().Suspend();

    /// <summary>Thaws what <see cref="Suspend"/> froze.</summary>
    public void Resume() => Own().Resume();

    /// <summary>Ends the server in order.</summary>
    public Task StopAsync() => Own().EndAsync(ServerSignal.Terminate);

    /// <summary>Starts the server again on the same port; a running one is killed first.</summary>
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

    internal async Task DropAsync(string database)
    {
        using var client = new MongoClient(ConnectionString);
        await client.DropDatabaseAsync(database);
    }

    private static string DevelopmentServerFolder => Path.Combine(SourceTree.Root, "scripts", "mongo-dev");

    private static async Task InstallAsync()
    {
        // npm writes this file last, so a half-finished installation is not mistaken for a whole one.
        if (!File.Exists(Path.Combine(DevelopmentServerFolder, "node_modules", ".package-lock.json")))
        {
            await ServerProcess.RunAsync(
                ServerPrograms.Npm(), ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], DevelopmentServerFolder, InstallTimeout);
        }
    }

    private async Task LaunchAsync()
    {
        process = await ServerProcess.StartAsync(
            ServerPrograms.Node(),
            [Path.Combine(DevelopmentServerFolder, "server.mjs"), "--host", "127.0.0.1", "--port", Port.ToString(CultureInfo.InvariantCulture), "--exit-with-stdin"],
            folder!.Path);
        await process.WaitUntilAnswersAsync(AnswersAsync, StartTimeout);
    }

    private async Task<bool> AnswersAsync()
    {
        if (!process!.FirstLine.IsCompleted)
        {
            return false;
        }

        try
        {
            using var client = new MongoClient(ConnectionString);
            await client.GetDatabase("admin").RunCommandAsync<BsonDocument>(new BsonDocument("ping", 1));
            return true;
        }
        catch (MongoException)
        {
            return false; // a connection of before the restart, or refused: the caller asks again until its time is up
        }
    }

    private ServerProcess Own() => process
        ?? throw new InvalidOperationException("This MongoDB server was named by the environment; start a private one with MongoServer.StartAsync.");
}

/// <summary>A test's own MongoDB database.</summary>
public sealed class MongoTestDatabase : IAsyncDisposable
{
    internal MongoTestDatabase(MongoServer server, string name, string connectionString)
    {
        Server = server;
        Name = name;
        ConnectionString = connectionString;
    }

    public MongoServer Server { get; }

    public string Name { get; }

    /// <summary>The server's address with this database's name in it.</summary>
    public string ConnectionString { get; }

    public async ValueTask DisposeAsync() => await Server.DropAsync(Name);
}
