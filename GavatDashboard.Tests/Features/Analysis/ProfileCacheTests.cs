using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Features.Audit;
using GavatDashboard.Stores.Redis;
using GavatDashboard.Tests.Servers;
using GavatDashboard.Tests.Stores;
using GavatDashboard.Tests.Stores.Redis;
using NSubstitute;

namespace GavatDashboard.Tests.Features.Analysis;

/// <summary>Profiles and segment statistics in the cache: how long, and that nothing which happened since is hidden by them.</summary>
public sealed class ProfileCacheTests : IAsyncLifetime
{
    private readonly SqliteUnderTest _under = new();

    public Task InitializeAsync() => _under.InitializeAsync();

    public Task DisposeAsync() => _under.DisposeAsync();

    [Theory]
    [InlineData(CacheServer.Redis)]
    [InlineData(CacheServer.Garnet)]
    public async Task Profile_AskedForAgain_ComesFromTheCacheForHalfAnHourUnlessItIsToBeFresh(CacheServer kind)
    {
        await using var server = await TestCacheServer.StartAsync(kind);
        await using var cache = await new CacheUnderTest(server.Server).StartAsync();
        using var analyzer = New(cache);
        var user = await NewUserAsync();

        var made = await FindAsync(analyzer, user);
        _under.Clock.Now = _under.Clock.Now.AddMinutes(1);
        var again = await FindAsync(analyzer, user);
        Assert.Equal((StoreKind.Sqlite, StoreKind.Redis, made.AsOf), (made.Source, again.Source, again.AsOf));
        Assert.InRange(await LifetimeAsync(cache, ProfileService.KeyOf(user)), 1_700, 1_800);

        var fresh = await FindAsync(analyzer, user, refresh: true);
        Assert.Equal((StoreKind.Sqlite, _under.Clock.Now), (fresh.Source, fresh.AsOf));
        Assert.Equal((StoreKind.Redis, fresh.AsOf), ((await FindAsync(analyzer, user)).Source, (await FindAsync(analyzer, user)).AsOf));
    }

    [Fact]
    public async Task Profile_AfterAnEntryADismissalAndABatch_IsNotTheOneInTheCache()
    {
        await using var server = await TestCacheServer.StartAsync(CacheServer.Redis);
        await using var cache = await new CacheUnderTest(server.Server).StartAsync();
        using var analyzer = New(cache);
        string[] ring = [await NewUserAsync(), await NewUserAsync(), await NewUserAsync()];
        await FindAsync(analyzer, ring[0]);

        // Nobody told the analyzer of these entries; the account's version tells.
        for (var i = 0; i < ring.Length; i++)
        {
            await _under.DoAsync(Operations.Post(ring[i], "earn_referral") with { RelatedUserId = ring[(i + 1) % ring.Length] });
        }

        var risky = await FindAsync(analyzer, ring[0]);
        Assert.Equal((RiskLevel.High, StoreKind.Sqlite), (risky.Value.RiskLevel, risky.Source));
        Assert.Equal(StoreKind.Redis, (await FindAsync(analyzer, ring[0])).Source);

        var review = new FlagReview(analyzer.Profiles, analyzer.Records, Substitute.For<IAuditLog>(), _under.Clock);
        await review.DismissAsync(ring[0], "referral-cycle", "three sisters", "user:ada", CancellationToken.None);
        var dismissed = await FindAsync(analyzer, ring[0]);
        Assert.Equal((RiskLevel.Low, "three sisters"), (dismissed.Value.RiskLevel, dismissed.Value.RedFlags[0].Dismissal!.Reason));

        _under.Clock.Now = _under.Clock.Now.AddMinutes(10);
        analyzer.Batches.TryStart(BatchKind.Full, "tests");
        await analyzer.Batches.Ended;
        Assert.Equal(_under.Clock.Now, (await FindAsync(analyzer, ring[0])).AsOf);
    }

    [Fact]
    public async Task Profile_WhenRedisDiesAndComesBackWithWhatItHeld_IsTheNewest()
    {
        await using var server = await RedisServer.StartAsync(isDurable: true);
        await using var cache = await new CacheUnderTest(new ConfiguredRedis(server.ConnectionString)).StartAsync();
        using var analyzer = New(cache);
        var user = await NewUserAsync();
        var version = (await FindAsync(analyzer, user)).Value.AccountVersion + 1;
        Assert.Equal(StoreKind.Redis, (await FindAsync(analyzer, user)).Source);
        var generation = cache.Trust.State.Generation;

        await server.KillAsync();
        await _under.DoAsync(Operations.Post(user, "earn_purchase", 700));
        _under.Clock.Now = _under.Clock.Now.AddMinutes(1);
        var without = await FindAsync(analyzer, user);
        Assert.Equal((StoreKind.Sqlite, version), (without.Source, without.Value.AccountVersion));
        await server.RestartAsync();
        await cache.TrustedAsync(after: generation);

        Assert.Equal(without.AsOf, (await FindAsync(analyzer, user)).AsOf);
        Assert.Equal((StoreKind.Redis, version), ((await FindAsync(analyzer, user)).Source, (await FindAsync(analyzer, user)).Value.AccountVersion));
    }

    [Theory]
    [InlineData(CacheServer.Redis)]
    [InlineData(CacheServer.Garnet)]
    public async Task Statistics_AskedForAgain_ComeFromTheCacheForFiveMinutesOrUntilABatchIsThrough(CacheServer kind)
    {
        await using var server = await TestCacheServer.StartAsync(kind);
        await using var cache = await new CacheUnderTest(server.Server).StartAsync();
        using var analyzer = New(cache);
        await FindAsync(analyzer, await NewUserAsync());

        var first = await analyzer.Segments.ReadAsync(CancellationToken.None);
        Assert.InRange(await LifetimeAsync(cache, SegmentService.CacheKey), 200, 300);
        await FindAsync(analyzer, await NewUserAsync());
        _under.Clock.Now = _under.Clock.Now.AddMinutes(1);
        Assert.Equal(first.AsOf, (await analyzer.Segments.ReadAsync(CancellationToken.None)).AsOf);

        analyzer.Batches.TryStart(BatchKind.Full, "tests");
        await analyzer.Batches.Ended;
        var counted = await analyzer.Segments.ReadAsync(CancellationToken.None);
        Assert.Equal((_under.Clock.Now, 2L), (counted.AsOf, counted.Segments.Sum(segment => segment.Users)));
        Assert.Equal(2, counted.Segments.Single(segment => segment.Code == "newbie").Risks.Single(risk => risk.Code == "low").Users);
    }

    private AnalyzerUnderTest New(CacheUnderTest cache) => new(_under.Analysis, _under.Ledger, cache.Values, _under.Clock);

    private static async Task<Reading<UserProfile>> FindAsync(AnalyzerUnderTest analyzer, string user, bool refresh = false) =>
        await analyzer.Profiles.FindAsync(user, refresh, CancellationToken.None) ?? throw new InvalidOperationException("There is no such user.");

    private static async Task<double> LifetimeAsync(CacheUnderTest cache, string key)
    {
        var database = await cache.Connection.OpenAsync(CancellationToken.None);
        return (await database.KeyTimeToLiveAsync($"gavat:{cache.Trust.State.Generation}:value:{key}"))?.TotalSeconds ?? 0;
    }

    private async Task<string> NewUserAsync()
    {
        var user = $"cached-{Guid.NewGuid():N}"[..24];
        await _under.CreateUserAsync(user);
        return user;
    }
}
