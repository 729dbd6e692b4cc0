namespace GavatDashboard.Tests.Servers;

/// <summary>
/// The servers that all test classes share, one of each kind a test run, started when first asked for and stopped by
/// <see cref="ServerAwareTestFramework"/>. Each test class takes a database of its own from them. Tests that kill or
/// suspend a server start a private one instead.
/// </summary>
public static class TestServers
{
    private static readonly Lazy<Task<PostgresServer>> SharedPostgres = new(() => Named("POSTGRES_TEST_URL") is { } url
        ? Task.FromResult(PostgresServer.Attach(url))
        : PostgresServer.StartAsync());

    private static readonly Lazy<Task<RedisServer>> SharedRedis = new(() => Named("REDIS_TEST_URL") is { } url
        ? RedisServer.AttachAsync(url)
        : RedisServer.StartAsync());

    private static readonly Lazy<Task<MongoServer>> SharedMongo = new(() => Named("MONGODB_TEST_URL") is { } url
        ? Task.FromResult(MongoServer.Attach(url))
        : MongoServer.StartAsync());

    public static Task<PostgresServer> PostgresAsync() => SharedPostgres.Value;

    public static Task<RedisServer> RedisAsync() => SharedRedis.Value;

    public static Task<MongoServer> MongoAsync() => SharedMongo.Value;

    /// <summary>An empty PostgreSQL database; dispose it when the test class ends.</summary>
    public static async Task<PostgresDatabase> CreatePostgresDatabaseAsync() => await (await PostgresAsync()).CreateDatabaseAsync();

    /// <summary>An empty logical Redis database; dispose it when the test class ends.</summary>
    public static async Task<RedisDatabase> CreateRedisDatabaseAsync() => await (await RedisAsync()).CreateDatabaseAsync();

    /// <summary>An empty MongoDB database; dispose it when the test class ends.</summary>
    public static async Task<MongoTestDatabase> CreateMongoDatabaseAsync() => await (await MongoAsync()).CreateDatabaseAsync();

    /// <summary>Stops what was started. Called once, after the last test.</summary>
    internal static Task StopAsync() => Task.WhenAll(StopAsync(SharedPostgres), StopAsync(SharedRedis), StopAsync(SharedMongo));

    private static async Task StopAsync<T>(Lazy<Task<T>> server)
        where T : IAsyncDisposable
    {
        // A server that failed to start has cleaned up after itself, and its tests have said why.
        if (server.IsValueCreated && server.Value.IsCompletedSuccessfully)
        {
            await (await server.Value).DisposeAsync();
        }
    }

    private static string? Named(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
