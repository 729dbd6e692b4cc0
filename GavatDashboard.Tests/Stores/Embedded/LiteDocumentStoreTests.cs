using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Embedded;
using LiteDB;
using Microsoft.Extensions.Logging.Abstractions;

namespace GavatDashboard.Tests.Stores.Embedded;

public sealed class LiteDocumentStoreTests : IDisposable
{
    private const int Accounts = 500;
    private readonly string _folder = Directory.CreateTempSubdirectory("gavat-lite-").FullName;

    private string File => Path.Combine(_folder, "documents.db");

    [Fact]
    public async Task Write_ClosedAndOpened_HoldsAll()
    {
        using (var file = Open(File))
        {
            await FillAsync(new LiteDocumentStore(file));
        }

        await AssertHoldsAllAsync(File);
    }

    [Fact]
    public async Task Write_ProcessDiesBeforeTheLogIsTakenIntoTheFile_HoldsAll()
    {
        using var file = Open(File);
        await FillAsync(new LiteDocumentStore(file));

        // The log is written by a thread of LiteDB's own.
        var copy = Path.Combine(_folder, "copy");
        await WaitForLogAsync();
        Directory.CreateDirectory(copy);
        foreach (var name in (string[])["documents.db", "documents-log.db"])
        {
            System.IO.File.Copy(Path.Combine(_folder, name), Path.Combine(copy, name));
        }

        Assert.NotEqual(0, new FileInfo(Path.Combine(copy, "documents-log.db")).Length);
        await AssertHoldsAllAsync(Path.Combine(copy, "documents.db"));
    }

    [Fact]
    public async Task Open_FileOfAnOlderVersion_IsTakenOver()
    {
        using (var older = new LiteDatabase(new ConnectionString { Filename = File, Collation = Collation.Binary }))
        {
            older.GetCollection("coin_balances").EnsureIndex("balance", "$.balance");
            older.GetCollection("coin_balances").Insert(new BsonDocument { ["_id"] = "old", ["balance"] = 5L });
        }

        using (var file = Open(File))
        {
            await FillAsync(new LiteDocumentStore(file));
        }

        await AssertHoldsAllAsync(File, beside: 1);
    }

    [Fact]
    public async Task Open_DamagedFile_IsSetAsideWithItsLogAndMadeAnew()
    {
        using (var file = Open(File))
        {
            await FillAsync(new LiteDocumentStore(file));
        }

        await System.IO.File.WriteAllBytesAsync(File, [.. Enumerable.Repeat((byte)7, 8_192 * 4)]);
        using (var file = Open(File))
        {
            var store = new LiteDocumentStore(file);
            await store.PrepareAsync(CancellationToken.None);
            Assert.Null(await store.ReadMarkAsync(CancellationToken.None));
            await FillAsync(store);
        }

        await AssertHoldsAllAsync(File);
        Assert.Single(Directory.GetFiles(_folder, "documents.db.damaged-*"), name => !name.EndsWith("-log", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Write_OlderVersionOfAnAccount_IsLeftOut()
    {
        using var file = Open(File);
        var store = new LiteDocumentStore(file);
        await FillAsync(store);

        await store.WriteAsync(new DocumentBatch([], [AccountOf(1) with { Version = 1, Balance = CoinAmount.Zero }], [], [], []), CancellationToken.None);

        Assert.Equal(1_001, (await store.FindAsync("user-1", CancellationToken.None))!.Value.Balance.Value);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static LiteDocumentDatabase Open(string path) => new(path, TimeProvider.System, NullLogger<LiteDocumentDatabase>.Instance);

    private static async Task FillAsync(LiteDocumentStore store)
    {
        await store.PrepareAsync(CancellationToken.None);
        await store.WriteAsync(new DocumentBatch([], [.. Enumerable.Range(0, Accounts).Select(AccountOf)], [], [], []), CancellationToken.None);
        Assert.True(await store.MoveMarkAsync(null, new CopyMark(Accounts, null, 0), CancellationToken.None));
    }

    private static async Task AssertHoldsAllAsync(string path, int beside = 0)
    {
        using var file = Open(path);
        var store = new LiteDocumentStore(file);
        await store.PrepareAsync(CancellationToken.None);
        Assert.Equal(Accounts, (await store.ReadMarkAsync(CancellationToken.None))?.Cursor);
        Assert.Equal(Accounts + beside, (await store.CountAsync(CancellationToken.None))["coin_balances"]);
        Assert.Equal(1_007, (await store.FindAsync("user-7", CancellationToken.None))!.Value.Balance.Value);
    }

    private async Task WaitForLogAsync()
    {
        for (long before = -1, now = 0; before != now; before = now, now = new FileInfo(Path.Combine(_folder, "documents-log.db")).Length)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200));
        }
    }

    private static Account AccountOf(int user) => new()
    {
        UserId = string.Create(CultureInfo.InvariantCulture, $"user-{user}"),
        Balance = new CoinAmount(1_000 + user),
        Earned = new CoinAmount(1_000 + user),
        Version = 2,
        UpdatedAt = DateTimeOffset.UnixEpoch,
    };
}
