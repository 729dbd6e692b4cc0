using Npgsql;

namespace GavatDashboard.Tests.Servers;

public sealed class PostgresServerTests
{
    [Fact]
    public async Task SharedServer_TwoDatabases_AreSeparate()
    {
        await using var one = await TestServers.CreatePostgresDatabaseAsync();
        await using var other = await TestServers.CreatePostgresDatabaseAsync();

        await ScalarAsync(one.ConnectionString, "CREATE TABLE only_here (n int)");

        Assert.NotEqual(one.Name, other.Name);
        Assert.Equal(DBNull.Value, await ScalarAsync(other.ConnectionString, "SELECT to_regclass('only_here')::text"));
    }

    [Fact]
    public async Task Database_Disposed_IsDropped()
    {
        var database = await TestServers.CreatePostgresDatabaseAsync();
        await ScalarAsync(database.ConnectionString, "SELECT 1");

        await database.DisposeAsync();

        var error = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(database.ConnectionString, "SELECT 1"));
        Assert.Equal(PostgresErrorCodes.InvalidCatalogName, error.SqlState);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task PrivateServer_KilledAndRestarted_KeepsCommittedData()
    {
        await using var server = await PostgresServer.StartAsync(isDurable: true);
        await using var database = await server.CreateDatabaseAsync();
        await ScalarAsync(database.ConnectionString, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)");

        await server.KillAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ScalarAsync(database.ConnectionString, "SELECT n FROM kept"));
        await server.RestartAsync();

        Assert.Equal(42, await ScalarAsync(database.ConnectionString, "SELECT n FROM kept"));
        Assert.Equal("on", await ScalarAsync(database.ConnectionString, "SHOW fsync"));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task PrivateServer_Suspended_AnswersOnlyAfterResume()
    {
        await using var server = await PostgresServer.StartAsync();
        server.Suspend();

        var pending = ScalarAsync(server.ConnectionString, "SELECT 7");
        await Task.Delay(300);
        Assert.False(pending.IsCompleted);
        server.Resume();

        Assert.Equal(7, await pending);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task PrivateServer_StoppedInOrder_TellsItsClients()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();

        await server.StopAsync();

        await using var command = new NpgsqlCommand("SELECT 1", connection);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync());
    }

    [Theory]
    [InlineData("postgres://kim:p%40ss@db.example:5433/coins", "db.example", 5433, "kim", "p@ss", "coins")]
    [InlineData("postgresql://kim@db.example", "db.example", 5432, "kim", null, "postgres")]
    [InlineData("Host=db.example;Port=5433;Username=kim;Password=p@ss;Database=coins", "db.example", 5433, "kim", "p@ss", "coins")]
    public void Attach_AddressInEitherForm_IsUnderstood(string text, string host, int port, string user, string? password, string database)
    {
        var address = new NpgsqlConnectionStringBuilder(PostgresServer.Attach(text).ConnectionString);

        Assert.Equal((host, port, user, password, database), (address.Host, address.Port, address.Username, address.Password, address.Database));
    }

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
