using GavatDashboard.Stores.Sqlite.Console;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Tests.Stores.Sqlite.Console;

public sealed class ConsoleDatabaseTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("gavat-console-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Open_FirstUse_UsesWalAndFullSynchronisation()
    {
        using var database = New();
        var (journal, synchronous, foreignKeys) = await database.ReadAsync(
            async sql => (
                await sql.ScalarAsync<string>("PRAGMA journal_mode"),
                await sql.ScalarAsync<int>("PRAGMA synchronous"),
                await sql.ScalarAsync<int>("PRAGMA foreign_keys")),
            CancellationToken.None);
        Assert.Equal(("wal", 2, 1), (journal, synchronous, foreignKeys));
    }

    [Fact]
    public async Task Open_FirstUse_MakesFilesOnlyTheOwnerCanRead()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var database = New();
        await database.WriteAsync(sql => sql.ExecuteAsync("INSERT INTO data_protection_keys (friendly_name, xml, created_at_ms) VALUES ('a', '<a/>', 0)"), CancellationToken.None);
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var modes = new List<UnixFileMode>();
        foreach (var file in Directory.GetFiles(Path.Combine(folder, "data")))
        {
            modes.Add(File.GetUnixFileMode(file));
        }

        Assert.NotEmpty(modes);
        Assert.All(modes, mode => Assert.Equal(ownerOnly, mode));
        Assert.Equal(ownerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(folder, "data")));
    }

    [Fact]
    public async Task Open_ManyInstancesAtOnce_MigrateOnceAndAllWork()
    {
        var databases = Enumerable.Range(0, 8).Select(_ => New()).ToList();
        await Task.WhenAll(databases.Select(database => Task.Run(() => database.WriteAsync(
            sql => sql.ExecuteAsync("INSERT INTO data_protection_keys (friendly_name, xml, created_at_ms) VALUES ('a', '<a/>', 0)"), CancellationToken.None))));
        var (rows, scripts) = await databases[0].ReadAsync(
            async sql => (await sql.ScalarAsync<int>("SELECT COUNT(*) FROM data_protection_keys"), await sql.ScalarAsync<int>("SELECT COUNT(*) FROM SchemaVersions")),
            CancellationToken.None);
        databases.ForEach(database => database.Dispose());
        var written = typeof(ConsoleDatabase).Assembly.GetManifestResourceNames().Count(name => name.Contains(".Sqlite.Console.Migrations.", StringComparison.Ordinal));
        Assert.Equal((8, written), (rows, scripts));
    }

    [Fact]
    public async Task Run_WorkThrows_KeepsNothing()
    {
        using var database = New();
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.RunAsync<int>(
            async ct =>
            {
                await AddAsync(database, ct);
                throw new InvalidOperationException("stop");
            },
            _ => true,
            CancellationToken.None));
        Assert.Equal(0, await CountAsync(database));
    }

    [Fact]
    public async Task Run_CommitDeclined_KeepsNothing()
    {
        using var database = New();
        await database.RunAsync(ct => AddAsync(database, ct), _ => false, CancellationToken.None);
        Assert.Equal(0, await CountAsync(database));
    }

    [Fact]
    public async Task Run_Nested_IsOneTransactionThatSeesItself()
    {
        using var database = New();
        var seen = await database.RunAsync(
            async ct =>
            {
                await database.RunAsync(inner => AddAsync(database, inner), _ => true, ct);
                await AddAsync(database, ct);
                return await CountAsync(database);
            },
            _ => true,
            CancellationToken.None);
        Assert.Equal((2, 2), (seen, await CountAsync(database)));
    }

    [Fact]
    public async Task Run_AfterItEnded_LaterCallsAreOnTheirOwn()
    {
        using var database = New();
        await database.RunAsync(ct => AddAsync(database, ct), _ => true, CancellationToken.None);
        await AddAsync(database, CancellationToken.None);
        Assert.Equal(2, await CountAsync(database));
    }

    private static Task<int> AddAsync(ConsoleDatabase database, CancellationToken ct) => database.WriteAsync(
        sql => sql.ExecuteAsync("INSERT INTO data_protection_keys (friendly_name, xml, created_at_ms) VALUES ('a', '<a/>', 0)"), ct);

    private static Task<int> CountAsync(ConsoleDatabase database) =>
        database.ReadAsync(sql => sql.ScalarAsync<int>("SELECT COUNT(*) FROM data_protection_keys"), CancellationToken.None);

    private ConsoleDatabase New() => new(
        Options.Create(new DataOptions { Directory = Path.Combine(folder, "data") }), NullLogger<ConsoleDatabase>.Instance);
}
