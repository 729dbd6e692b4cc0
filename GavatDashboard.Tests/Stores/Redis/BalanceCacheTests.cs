using GavatDashboard.Domain.Coins;
using StackExchange.Redis;

namespace GavatDashboard.Tests.Stores.Redis;

public sealed class BalanceCacheTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 14, 12, 0, 0, 123, 456, TimeSpan.Zero);

    [Theory]
    [InlineData(CacheServer.Redis)]
    [InlineData(CacheServer.Garnet)]
    public async Task Find_AfterWriteThrough_AnswersEveryField(CacheServer kind)
    {
        await using var server = await TestCacheServer.StartAsync(kind);
        await using var cache = await new CacheUnderTest(server.Server).StartAsync();
        var account = Of("ada", 7, 1_500) with
        {
            Earned = new CoinAmount(2_000), Spent = new CoinAmount(500), Granted = new CoinAmount(30), Tier = Tier.Gold,
            Pin = new TierPin(Tier.Platinum, "a gift", "kim", At.AddDays(3)), InDebt = true,
        };

        await cache.Balances.WriteThroughAsync([account], CancellationToken.None);
        var reading = await cache.Balances.FindAsync("ada", CancellationToken.None);

        Assert.Equal(account, reading!.Value);
        Assert.Equal(StoreKind.Redis, reading.Source);
        Assert.False(reading.IsStale);
        Assert.Null(await cache.Balances.FindAsync("ADA", CancellationToken.None));
        var lifetime = await (await cache.Connection.OpenAsync(CancellationToken.None)).KeyTimeToLiveAsync(KeyOf(cache, "ada"));
        Assert.InRange(lifetime!.Value, TimeSpan.FromSeconds(200), TimeSpan.FromSeconds(300));
    }

    [Theory]
    [InlineData(CacheServer.Redis)]
    [InlineData(CacheServer.Garnet)]
    public async Task Fill_OnMiss_IsFoundAndNeverReplacesAWriter(CacheServer kind)
    {
        await using var server = await TestCacheServer.StartAsync(kind);
        await using var cache = await new CacheUnderTest(server.Server).StartAsync();

        await cache.Balances.FillAsync(cache.Balances.BeginFill("ada"), Of("ada", 1, 10), CancellationToken.None);
        Assert.Equal(10, await BalanceAsync(cache, "ada"));
        await cache.Balances.WriteThroughAsync([Of("ada", 2, 20)], CancellationToken.None);
        await cache.Balances.FillAsync(cache.Balances.BeginFill("ada"), Of("ada", 1, 10), CancellationToken.None);

        Assert.Equal(20, await BalanceAsync(cache, "ada"));
    }

    [Theory]
    [InlineData(CacheServer.Redis)]
    [InlineData(CacheServer.Garnet)]
    public async Task Fill_WithATicketFromBeforeAWrite_IsVoidEvenWhenTheKeyIsGone(CacheServer kind)
    {
        await using var server = await TestCacheServer.StartAsync(kind);
        await using var cache = await new CacheUnderTest(server.Server).StartAsync();

        var ticket = cache.Balances.BeginFill("ada");
        await cache.Balances.WriteThroughAsync([Of("ada", 2, 20)], CancellationToken.None);
        await (await cache.Connection.OpenAsync(CancellationToken.None)).KeyDeleteAsync(KeyOf(cache, "ada"));
        await cache.Balances.FillAsync(ticket, Of("ada", 1, 10), CancellationToken.None);

        Assert.Null(await BalanceAsync(cache, "ada"));
    }

    [Theory]
    [InlineData(CacheServer.Redis)]
    [InlineData(CacheServer.Garnet)]
    public async Task Distrust_AnswersNothingOld_AndServesAgainUnderANewGeneration(CacheServer kind)
    {
        await using var server = await TestCacheServer.StartAsync(kind);
        await using var cache = await new CacheUnderTest(server.Server).StartAsync();
        var before = cache.Trust.State.Generation;
        var ticket = cache.Balances.BeginFill("bob");
        await cache.Balances.WriteThroughAsync([Of("ada", 1, 10)], CancellationToken.None);

        cache.Balances.Distrust("an operation is in doubt");
        Assert.Null(await BalanceAsync(cache, "ada"));
        await cache.TrustedAsync(before);
        await cache.Balances.FillAsync(ticket, Of("bob", 1, 10), CancellationToken.None);

        Assert.Null(await BalanceAsync(cache, "ada"));
        Assert.Null(await BalanceAsync(cache, "bob"));
        Assert.True(cache.Trust.State.Generation > before);
    }

    [Fact]
    public async Task Distrust_WhileTheLedgerIsOut_StaysBypassedUntilTheGenerationCanMoveOn()
    {
        await using var server = await TestCacheServer.StartAsync(CacheServer.Redis);
        await using var cache = await new CacheUnderTest(server.Server).StartAsync();
        var before = cache.Trust.State.Generation;
        cache.Generations.IsOut = true;

        cache.Balances.Distrust("a drill");
        await Task.Delay(600);
        Assert.False(cache.Trust.State.IsTrusted);
        Assert.Equal("a drill", cache.Counters.Read().BypassReason);
        cache.Generations.IsOut = false;

        await cache.TrustedAsync(before);
    }

    [Fact]
    public async Task Find_ContentThatIsNoAccount_IsAMissAndDistrusted()
    {
        await using var server = await TestCacheServer.StartAsync(CacheServer.Redis);
        await using var cache = await new CacheUnderTest(server.Server).StartAsync();
        var before = cache.Trust.State.Generation;
        await (await cache.Connection.OpenAsync(CancellationToken.None)).StringSetAsync(KeyOf(cache, "ada"), "{ nonsense");

        Assert.Null(await BalanceAsync(cache, "ada"));
        await cache.TrustedAsync(before);
    }

    [Fact]
    public async Task Restart_OfTheApplication_ServesNothingFromBefore()
    {
        await using var server = await TestCacheServer.StartAsync(CacheServer.Redis);
        var generations = new MemoryGeneration();
        await using (var first = await new CacheUnderTest(server.Server, generations).StartAsync())
        {
            await first.Balances.WriteThroughAsync([Of("ada", 1, 10)], CancellationToken.None);
            Assert.Equal(10, await BalanceAsync(first, "ada"));
        }

        // The process may have died between a commit and its write-through.
        await using var second = await new CacheUnderTest(server.Server, generations).StartAsync();

        Assert.Null(await BalanceAsync(second, "ada"));
    }

    [Fact]
    public async Task Statistics_CountHitsMissesAndBypassedLookups()
    {
        await using var server = await TestCacheServer.StartAsync(CacheServer.Garnet);
        var clock = new SettableClock { Now = At };
        await using var cache = new CacheUnderTest(server.Server, time: clock);
        Assert.Null(await BalanceAsync(cache, "ada"));
        await cache.StartAsync();
        await cache.Balances.WriteThroughAsync([Of("ada", 1, 10)], CancellationToken.None);
        for (var i = 0; i < 8; i++)
        {
            await BalanceAsync(cache, "ada");
        }

        await BalanceAsync(cache, "nobody");
        var now = cache.Counters.Read();
        clock.Now = At.AddMinutes(6);
        await BalanceAsync(cache, "ada");
        var later = cache.Counters.Read();

        Assert.Equal((8, 1, 1), (now.Hits, now.Misses, now.Bypassed));
        Assert.Equal(80.0, now.HitRatePercent);
        Assert.Equal(80.0, now.RecentHitRatePercent);
        Assert.Equal(100.0, later.RecentHitRatePercent);
        Assert.Equal((9, 11), (later.Hits, later.Hits + later.Misses + later.Bypassed));
    }

    internal static Account Of(string userId, long version, long balance) => new()
    {
        UserId = userId, Version = version, Balance = new CoinAmount(balance), Earned = new CoinAmount(balance), UpdatedAt = At,
    };

    internal static async Task<long?> BalanceAsync(CacheUnderTest cache, string userId) =>
        (await cache.Balances.FindAsync(userId, CancellationToken.None))?.Value.Balance.Value;

    private static RedisKey KeyOf(CacheUnderTest cache, string userId) => $"gavat:{cache.Trust.State.Generation}:balance:{userId}";
}
