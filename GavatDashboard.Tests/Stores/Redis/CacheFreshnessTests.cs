using System.Collections.Concurrent;
using GavatDashboard.Stores.Redis;
using GavatDashboard.Tests.Servers;

namespace GavatDashboard.Tests.Stores.Redis;

/// <summary>I9: a cached value older than an acknowledged write is never served, whatever happens to the cache.</summary>
[Trait("Category", "Slow")]
public sealed class CacheFreshnessTests
{
    private const int Accounts = 6;

    [Theory]
    [InlineData(CacheServer.Redis)]
    [InlineData(CacheServer.Garnet)]
    public async Task Race_OfWritersReadersAndDistrust_NeverServesAnOlderValue(CacheServer kind)
    {
        await using var server = await TestCacheServer.StartAsync(kind);
        await using var cache = await new CacheUnderTest(server.Server).StartAsync();
        var oracle = new Oracle(cache);

        var hits = await oracle.RunAsync(TimeSpan.FromSeconds(3), async stop =>
        {
            var random = new Random(20260314);
            while (!stop.IsCancellationRequested)
            {
                await Task.Delay(random.Next(100, 300), CancellationToken.None);
                if (random.Next(2) == 0)
                {
                    cache.Balances.Distrust("a drill");
                }
                else
                {
                    // As if the server had evicted it: late fills find no key in their way.
                    var database = await cache.Connection.OpenAsync(CancellationToken.None);
                    await database.KeyDeleteAsync($"gavat:{cache.Trust.State.Generation}:balance:{random.Next(Accounts)}");
                }
            }
        });

        Assert.True(hits > 100, $"Only {hits} lookups were answered from the cache, so the race proves nothing.");
    }

    [Fact]
    public async Task Kill_AndReturnFromAnOldSnapshot_NeverServesAnOlderValue()
    {
        await using var server = await RedisServer.StartAsync(isDurable: true);
        await using var cache = await new CacheUnderTest(new ConfiguredRedis(server.ConnectionString)).StartAsync();
        var oracle = new Oracle(cache);

        var hits = await oracle.RunAsync(TimeSpan.FromSeconds(8), async stop =>
        {
            for (var round = 0; round < 2 && !stop.IsCancellationRequested; round++)
            {
                await Task.Delay(500, CancellationToken.None);
                await server.KillAsync();
                await Task.Delay(700, CancellationToken.None);
                await server.RestartAsync();
                await Task.Delay(1_500, CancellationToken.None);
            }
        });

        Assert.True(hits > 100, $"Only {hits} lookups were answered from the cache, so the outage proves nothing.");
        await cache.TrustedAsync();
    }

    [Fact]
    public async Task Suspension_MakesCallersWaitBriefly_AndServesNothingUntilTheGenerationMovedOn()
    {
        await using var server = await RedisServer.StartAsync();
        await using var cache = await new CacheUnderTest(new ConfiguredRedis(server.ConnectionString)).StartAsync();
        await cache.Balances.WriteThroughAsync([BalanceCacheTests.Of("ada", 1, 10)], CancellationToken.None);
        var before = cache.Trust.State.Generation;
        server.Suspend();

        await cache.Balances.WriteThroughAsync([BalanceCacheTests.Of("ada", 2, 20)], CancellationToken.None);
        Assert.False(cache.Trust.State.IsTrusted);
        Assert.Null(await BalanceCacheTests.BalanceAsync(cache, "ada"));
        server.Resume();
        await cache.TrustedAsync(before);

        Assert.Null(await BalanceCacheTests.BalanceAsync(cache, "ada"));
        await cache.Balances.WriteThroughAsync([BalanceCacheTests.Of("ada", 3, 30)], CancellationToken.None);
        Assert.Equal(30, await BalanceCacheTests.BalanceAsync(cache, "ada"));
    }

    [Fact]
    public async Task Start_WhileTheServerIsOut_BypassesAndTakesItUpWhenItComes()
    {
        await using var server = await RedisServer.StartAsync();
        await server.KillAsync();
        await using var cache = new CacheUnderTest(new ConfiguredRedis(server.ConnectionString));
        var started = cache.StartAsync();

        await cache.Balances.WriteThroughAsync([BalanceCacheTests.Of("ada", 1, 10)], CancellationToken.None);
        Assert.Null(await BalanceCacheTests.BalanceAsync(cache, "ada"));
        await server.RestartAsync();

        await started;
    }

    /// <summary>A ledger of versions, one writer, several readers that fill, and the promise held against each answer.</summary>
    private sealed class Oracle(CacheUnderTest cache)
    {
        private readonly long[] _ledger = new long[Accounts];
        private readonly long[] _acknowledged = new long[Accounts];
        private readonly ConcurrentQueue<string> _broken = new();
        private long _hits;

        public async Task<long> RunAsync(TimeSpan duration, Func<CancellationToken, Task> trouble)
        {
            using var stop = new CancellationTokenSource(duration);
            var troubled = Task.Run(() => trouble(stop.Token));
            await Task.WhenAll([troubled, Task.Run(() => WriteAsync(stop.Token)), .. Enumerable.Range(0, 4).Select(seed => Task.Run(() => ReadAsync(seed, stop.Token)))]);
            Assert.Empty(_broken);
            return _hits;
        }

        private async Task WriteAsync(CancellationToken stop)
        {
            var random = new Random(1);
            while (!stop.IsCancellationRequested)
            {
                var id = random.Next(Accounts);
                var version = Interlocked.Increment(ref _ledger[id]);
                await Task.Yield();
                await cache.Balances.WriteThroughAsync([BalanceCacheTests.Of($"{id}", version, version)], CancellationToken.None);
                Volatile.Write(ref _acknowledged[id], version);
                if (random.Next(8) == 0)
                {
                    await Task.Delay(2, CancellationToken.None);
                }
            }
        }

        private async Task ReadAsync(int seed, CancellationToken stop)
        {
            var random = new Random(seed);
            while (!stop.IsCancellationRequested)
            {
                var id = random.Next(Accounts);
                var floor = Volatile.Read(ref _acknowledged[id]);
                if (await cache.Balances.FindAsync($"{id}", CancellationToken.None) is { } reading)
                {
                    Interlocked.Increment(ref _hits);
                    if (reading.Value.Version < floor)
                    {
                        _broken.Enqueue($"account {id}: {reading.Value.Version} was served after {floor} had been acknowledged");
                    }

                    continue;
                }

                var ticket = cache.Balances.BeginFill($"{id}");
                var version = Volatile.Read(ref _ledger[id]);
                if (random.Next(3) == 0)
                {
                    await Task.Delay(random.Next(1, 30), CancellationToken.None);
                }

                await cache.Balances.FillAsync(ticket, BalanceCacheTests.Of($"{id}", version, version), CancellationToken.None);
                await Task.Yield();
            }
        }
    }
}
