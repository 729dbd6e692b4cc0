using MongoDB.Bson;
using MongoDB.Driver;

namespace GavatDashboard.Tests.Servers;

public sealed class MongoServerTests
{
    [Fact]
    public async Task SharedServer_TwoDatabases_AreSeparate()
    {
        await using var one = await TestServers.CreateMongoDatabaseAsync();
        await using var other = await TestServers.CreateMongoDatabaseAsync();

        await Documents(one.ConnectionString).InsertOneAsync(new BsonDocument("_id", 1));

        Assert.Equal(1, await Documents(one.ConnectionString).CountDocumentsAsync(new BsonDocument()));
        Assert.Equal(0, await Documents(other.ConnectionString).CountDocumentsAsync(new BsonDocument()));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task PrivateServer_KilledAndRestarted_AnswersOnTheSamePort()
    {
        await using var server = await MongoServer.StartAsync();
        await using var database = await server.CreateDatabaseAsync();
        await Documents(database.ConnectionString).InsertOneAsync(new BsonDocument("_id", 1));

        await server.KillAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => CountAsync(database.ConnectionString.Replace("5000", "300", StringComparison.Ordinal)));
        await server.RestartAsync();

        Assert.Equal(0, await CountAsync(database.ConnectionString));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task PrivateServer_Suspended_AnswersOnlyAfterResume()
    {
        await using var server = await MongoServer.StartAsync();
        server.Suspend();

        var pending = CountAsync(server.ConnectionString);
        await Task.Delay(300);
        Assert.False(pending.IsCompleted);
        server.Resume();

        Assert.Equal(0, await pending);
    }

    private static Task<long> CountAsync(string connectionString) =>
        Documents(connectionString).CountDocumentsAsync(new BsonDocument());

    private static IMongoCollection<BsonDocument> Documents(string connectionString)
    {
        var url = new MongoUrl(connectionString);
        return new MongoClient(url).GetDatabase(url.DatabaseName ?? "test").GetCollection<BsonDocument>("documents");
    }
}
