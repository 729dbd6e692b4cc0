using StackExchange.Redis;

namespace GavatDashboard.Tests.Servers;

public sealed class RedisServerTests
{
    [Fact]
    public async Task SharedServer_TwoDatabases_AreSeparate()
    {
        await using var one = await TestServers.CreateRedisDatabaseAsync();
        await using var other = await TestServers.CreateRedisDatabaseAsync();
        await using var connectionToOne = await ConnectionMultiplexer.ConnectAsync(one.ConnectionString);
        await using var connectionToOther = await ConnectionMultiplexer.ConnectAsync(other.ConnectionString);

        await connectionToOne.GetDatabase().StringSetAsync("key", "value");

        Assert.Equal("value", await connectionToOne.GetDatabase().StringGetAsync("key"));
        Assert.True((await connectionToOther.GetDatabase().StringGetAsync("key")).IsNull);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task PrivateServer_KilledAndRestarted_KeepsDataWhenDurable()
    {
        await using var server = await RedisServer.StartAsync(isDurable: true);
        await using (var before = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString))
        {
            await before.GetDatabase().StringSetAsync("kept", 42);
        }

        await server.KillAsync();
        await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync(server.ConnectionString + ",connectRetry=0"));
        await server.RestartAsync();

        await using var after = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
        Assert.Equal(42, (int)await after.GetDatabase().StringGetAsync("kept"));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task PrivateServer_Suspended_AnswersOnlyAfterResume()
    {
        await using var server = await RedisServer.StartAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString + ",asyncTimeout=20000");
        server.Suspend();

        var pending = connection.GetDatabase().PingAsync();
        await Task.Delay(300);
        Assert.False(pending.IsCompleted);
        server.Resume();

        await pending;
    }

    [Theory]
    [InlineData("redis://kim:secret@cache.example:6380")]
    [InlineData("cache.example:6380,user=kim,password=secret")]
    public void Address_InEitherForm_IsUnderstood(string text)
    {
        var options = ServerAddress.Redis(text);

        Assert.Equal("kim", options.User);
        Assert.Equal("secret", options.Password);
        Assert.Equal("Unspecified/cache.example:6380", Assert.Single(options.EndPoints).ToString());
    }
}
