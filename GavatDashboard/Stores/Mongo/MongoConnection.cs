using GavatDashboard.Domain.Coins;
using MongoDB.Bson;
using MongoDB.Driver;

namespace GavatDashboard.Stores.Mongo;

/// <summary>The one MongoDB client of this process and its database. Reads and writes are bounded in time.</summary>
internal sealed class MongoConnection : IDisposable
{
    private const string DefaultDatabase = "gavat";
    private static readonly TimeSpan DriverDefault = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(2);
    private readonly MongoClient _client;
    private readonly string _endpoints;

    /// <param name="connectionString">A <c>mongodb://</c> address; a database in it is used, else <c>gavat</c>.</param>
    /// <param name="isDevelopmentServer">Whether the server is one for development only.</param>
    public MongoConnection(string connectionString, bool isDevelopmentServer)
    {
        var url = new MongoUrl(connectionString);
        var settings = MongoClientSettings.FromUrl(url);
        settings.ApplicationName = "gavat-dashboard";
        // What the address does not say itself is bounded far below the driver's half minute: pages and probes wait for it.
        settings.ServerSelectionTimeout = settings.ServerSelectionTimeout == DriverDefault ? Bound : settings.ServerSelectionTimeout;
        settings.ConnectTimeout = settings.ConnectTimeout == DriverDefault ? Bound : settings.ConnectTimeout;
        settings.SocketTimeout = settings.SocketTimeout == TimeSpan.Zero ? TimeSpan.FromSeconds(15) : settings.SocketTimeout;
        settings.WriteConcern = WriteConcern.WMajority.With(wTimeout: TimeSpan.FromSeconds(5));
        settings.ReadConcern = ReadConcern.Default;
        _client = new MongoClient(settings);
        _endpoints = string.Join(", ", settings.Servers);
        Database = _client.GetDatabase(url.DatabaseName ?? DefaultDatabase);
        IsDevelopmentServer = isDevelopmentServer;
    }

    public IMongoDatabase Database { get; }

    public bool IsDevelopmentServer { get; }

    /// <summary>Does something within a bound and turns the driver's outages into ours.</summary>
    /// <exception cref="StoreUnavailableException">The server is out, slow, or refuses.</exception>
    public async Task<T> DoAsync<T>(TimeSpan limit, Func<IMongoDatabase, CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(limit);
        try
        {
            return await action(Database, bounded.Token);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unavailable($"did not answer within {limit.TotalSeconds:0.#} s", late);
        }
        catch (TimeoutException unreachable)
        {
            throw Unavailable("cannot be reached", unreachable);
        }
        catch (MongoException failure)
        {
            throw Unavailable($"refused: {FirstLine(failure.Message)}", failure);
        }
    }

    /// <summary>Version and kind of the server.</summary>
    public async Task<StoreDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        var info = await DoAsync(
            Bound, (database, token) => database.RunCommandAsync<BsonDocument>(new BsonDocument("buildInfo", 1), cancellationToken: token), cancellationToken);
        return new StoreDescription(
            Domain.Health.ComponentIds.MongoDb,
            IsDevelopmentServer ? "MongoDB development server" : "MongoDB",
            info.GetValue("version", string.Empty).ToString()!,
            IsStandIn: false,
            IsDevelopmentServer)
        {
            StandInFor = IsDevelopmentServer ? "development server, in memory, in the place of MongoDB" : null,
        };
    }

    public void Dispose() => _client.Dispose();

    private StoreUnavailableException Unavailable(string what, Exception cause) =>
        new(StoreKind.MongoDb, $"MongoDB at {_endpoints} {what}.", mayHaveHappened: true, cause);

    private static string FirstLine(string message) => message.Split('\n', 2)[0].TrimEnd('.', '\r');
}
