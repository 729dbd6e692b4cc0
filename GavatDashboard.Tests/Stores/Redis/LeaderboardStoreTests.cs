using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;

namespace GavatDashboard.Tests.Stores.Redis;

public sealed class LeaderboardStoreTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private static readonly DateOnly Month = LeaderboardPeriod.Month.StartOf(Now);
    private static readonly DateOnly Week = LeaderboardPeriod.Week.StartOf(Now);
    private static readonly CopyMark First = new(5, Guid.NewGuid(), 4);

    [Theory]
    [InlineData(CacheServer.Redis)]
    [InlineData(CacheServer.Garnet)]
    public async Task Find_EqualValues_ShareARankInTheOrderOfIds(CacheServer kind)
    {
        await using var server = await TestCacheServer.StartAsync(kind);
        await using var cache = await new CacheUnderTest(server.Server).StartAsync();
        var boards = cache.Leaderboards;
        await FillAsync(boards);
        boards.Vouch(First, Now, Month, Week);

        var all = await boards.FindAsync(new(LeaderboardOrder.Balance, LeaderboardPeriod.All, default, 10), CancellationToken.None);
        var tail = await boards.FindAsync(new(LeaderboardOrder.Balance, LeaderboardPeriod.All, default, 2, Offset: 2), CancellationToken.None);
        var month = await boards.FindAsync(new(LeaderboardOrder.Balance, LeaderboardPeriod.Month, Month, 10), CancellationToken.None);

        Assert.Equal(
            [(1, "dan", 900L), (2, "ada", 500L), (2, "cy", 500L), (4, "bob", 0L)],
            all!.Value.Select(row => ((int)row.Rank, row.UserId, row.Value.Value)));
        Assert.Equal(("name|of|ada", Tier.Gold), (all.Value[1].Username, all.Value[1].Tier));
        Assert.Equal((StoreKind.Redis, Now), (all.Source, all.AsOf));
        Assert.Equal([(2L, "cy"), (4L, "bob")], tail!.Value.Select(row => (row.Rank, row.UserId)));
        Assert.Equal([(1L, "ada", 30L), (2L, "bob", -40L)], month!.Value.Select(row => (row.Rank, row.UserId, row.Value.Value)));
        var around = await boards.FindAroundAsync(new("cy", LeaderboardOrder.Balance, LeaderboardPeriod.All, default, 1), CancellationToken.None);
        Assert.Equal([(2L, "ada"), (2L, "cy"), (4L, "bob")], around!.Value.Select(row => (row.Rank, row.UserId)));
        Assert.Null(await boards.FindAroundAsync(new("nobody", LeaderboardOrder.Balance, LeaderboardPeriod.All, default, 1), CancellationToken.None));
        Assert.Empty((await boards.FindAsync(new(LeaderboardOrder.Spent, LeaderboardPeriod.Week, Week, 10), CancellationToken.None))!.Value);
    }

    [Theory]
    [InlineData(CacheServer.Redis)]
    [InlineData(CacheServer.Garnet)]
    public async Task Write_WithAnotherMarkThanExpected_ChangesNothing(CacheServer kind)
    {
        await using var server = await TestCacheServer.StartAsync(kind);
        await using var cache = await new CacheUnderTest(server.Server).StartAsync();
        await FillAsync(cache.Leaderboards);
        var batch = new LeaderboardBatch([Member("eve", 1_000_000)], []);

        Assert.False(await cache.Leaderboards.WriteAsync(batch, null, First with { Cursor = 9 }, CancellationToken.None));
        Assert.False(await cache.Leaderboards.WriteAsync(batch, First with { Cursor = 4 }, First with { Cursor = 9 }, CancellationToken.None));

        Assert.Equal(First, await cache.Leaderboards.ReadMarkAsync(CancellationToken.None));
        cache.Leaderboards.Vouch(First, Now, Month, Week);
        Assert.Null(await cache.Leaderboards.FindAroundAsync(new("eve", LeaderboardOrder.Balance, LeaderboardPeriod.All, default, 1), CancellationToken.None));
        await cache.Leaderboards.ClearAsync(CancellationToken.None);
        Assert.Null(await cache.Leaderboards.ReadMarkAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Find_WithoutAVoucher_OfAnotherPeriod_OrPastExactNumbers_LeavesItToTheLedger()
    {
        await using var server = await TestCacheServer.StartAsync(CacheServer.Garnet);
        await using var cache = await new CacheUnderTest(server.Server).StartAsync();
        var boards = cache.Leaderboards;
        await FillAsync(boards);
        var query = new LeaderboardQuery(LeaderboardOrder.Earned, LeaderboardPeriod.Month, Month, 10);

        Assert.Null(await boards.FindAsync(query, CancellationToken.None));
        boards.Vouch(First, Now, Month, Week);
        Assert.NotNull(await boards.FindAsync(query, CancellationToken.None));
        Assert.Null(await boards.FindAsync(query with { Start = Month.AddMonths(-1) }, CancellationToken.None));
        await boards.WriteAsync(new LeaderboardBatch([Member("rich", 1L << 53)], []), First, First, CancellationToken.None);
        Assert.Null(await boards.FindAsync(new(LeaderboardOrder.Balance, LeaderboardPeriod.All, default, 10), CancellationToken.None));
        boards.Disown();
        Assert.Null(await boards.FindAsync(query, CancellationToken.None));
        boards.Vouch(First with { Cursor = First.Cursor + 1 }, Now, Month, Week);
        Assert.Null(await boards.FindAsync(query, CancellationToken.None));
    }

    [Fact]
    public async Task Write_ManyAtOnce_IsWholeAndMovesTheMark()
    {
        await using var server = await TestCacheServer.StartAsync(CacheServer.Redis);
        await using var cache = await new CacheUnderTest(server.Server).StartAsync();
        var members = Enumerable.Range(1, 1_234).Select(i => Member($"u{i:0000}", i)).ToArray();

        Assert.True(await cache.Leaderboards.WriteAsync(new LeaderboardBatch(members, []), null, First, CancellationToken.None));
        cache.Leaderboards.Vouch(First, Now, Month, Week);

        Assert.Equal(First, await cache.Leaderboards.ReadMarkAsync(CancellationToken.None));
        var board = await cache.Leaderboards.FindAsync(new(LeaderboardOrder.Balance, LeaderboardPeriod.All, default, 1_000, Offset: 1_000), CancellationToken.None);
        Assert.Equal(234, board!.Value.Count);
        Assert.Equal((1_234L, "u0001"), (board.Value[^1].Rank, board.Value[^1].UserId));
    }

    [Fact]
    public async Task Values_AreKeptUntilTheyAreRemovedOrTheGenerationMovesOn()
    {
        await using var server = await TestCacheServer.StartAsync(CacheServer.Garnet);
        await using var cache = await new CacheUnderTest(server.Server).StartAsync();
        var value = new Sample("ada", 42);
        await cache.Values.SetAsync("profile:ada", value, IProfileCache.ProfileLifetime, CancellationToken.None);
        await cache.Values.SetAsync("profile:bob", value, IProfileCache.SegmentLifetime, CancellationToken.None);

        Assert.Equal(value, await cache.Values.FindAsync<Sample>("profile:ada", CancellationToken.None));
        await cache.Values.RemoveAsync(["profile:ada"], CancellationToken.None);
        Assert.Null(await cache.Values.FindAsync<Sample>("profile:ada", CancellationToken.None));
        var before = cache.Trust.State.Generation;
        cache.Balances.Distrust("a drill");
        await cache.TrustedAsync(before);
        Assert.Null(await cache.Values.FindAsync<Sample>("profile:bob", CancellationToken.None));
    }

    private static async Task FillAsync(ILeaderboardStore boards)
    {
        var gold = Member("ada", 500);
        gold = gold with { Username = "name|of|ada", Account = gold.Account with { Pin = new TierPin(Tier.Gold, "r", "kim", Now.AddDays(1)) } };
        var bob = Member("bob", 0);
        bob = bob with { Account = bob.Account with { Pin = new TierPin(Tier.Gold, "r", "kim", Now.AddDays(-1)) } };
        PeriodValue[] totals =
        [
            new(LeaderboardPeriod.Month, Month, "ada", new CoinAmount(50), new CoinAmount(20)),
            new(LeaderboardPeriod.Month, Month, "bob", new CoinAmount(10), new CoinAmount(50)),
        ];
        Assert.True(await boards.WriteAsync(new LeaderboardBatch([gold, bob, Member("cy", 500), Member("dan", 900)], totals), null, First, CancellationToken.None));
    }

    private static LeaderboardMember Member(string userId, long balance) =>
        new(BalanceCacheTests.Of(userId, 1, balance), $"name-of-{userId}");

    private sealed record Sample(string Name, int Score);
}
