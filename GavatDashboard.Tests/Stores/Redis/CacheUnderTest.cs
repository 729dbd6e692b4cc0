using System.Diagnostics.Metrics;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Embedded;
using GavatDashboard.Stores.Redis;
using GavatDashboard.Tests.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Tests.Stores.Redis;

/// <summary>The cache on one server, with its guard running, as the host composes it.</summary>
internal sealed class CacheUnderTest : IAsyncDisposable
{
    private readonly CacheGuard _guard;
    private readonly TestMeters _meters = new();

    public CacheUnderTest(IRedisServer server, MemoryGeneration? generations = null, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        Generations = generations ?? new MemoryGeneration();
        var options = Options.Create(new RedisOptions());
        Connection = new RedisConnection(server, options, NullLogger<RedisConnection>.Instance);
        Trust = new CacheTrust(time);
        Counters = new CacheCounters(Trust, time, _meters);
        Balances = new RedisBalanceCache(Connection, Trust, Counters, options, time, NullLogger<RedisBalanceCache>.Instance);
        Values = new RedisProfileCache(Connection, Trust, options);
        Leaderboards = new RedisLeaderboards(Connection, options, time);
        _guard = new CacheGuard(Connection, Trust, Generations, options, TimeProvider.System, NullLogger<CacheGuard>.Instance);
    }

    public MemoryGeneration Generations { get; }

    public RedisConnection Connection { get; }

    public CacheTrust Trust { get; }

    public CacheCounters Counters { get; }

    public RedisBalanceCache Balances { get; }

    public RedisProfileCache Values { get; }

    public RedisLeaderboards Leaderboards { get; }

    public async Task<CacheUnderTest> StartAsync()
    {
        await _guard.StartAsync(CancellationToken.None);
        await TrustedAsync();
        return this;
    }

    /// <summary>Waits until the cache is served, under a generation after the one that is named.</summary>
    public Task TrustedAsync(long after = 0) =>
        Eventually.IsTrueAsync(() => Trust.State.IsTrusted && Trust.State.Generation > after, "the cache is trusted");

    public async ValueTask DisposeAsync()
    {
        await _guard.StopAsync(CancellationToken.None);
        _guard.Dispose();
        await Connection.DisposeAsync();
        Counters.Dispose();
        Trust.Dispose();
        _meters.Dispose();
    }

    private sealed class TestMeters : IMeterFactory
    {
        private readonly List<Meter> _made = [];

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter(options);
            _made.Add(meter);
            return meter;
        }

        public void Dispose() => _made.ForEach(meter => meter.Dispose());
    }
}

/// <summary>A generation that outlives the cache, as the ledger's does.</summary>
internal sealed class MemoryGeneration : ICacheGeneration
{
    private long _generation = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    public bool IsOut { get; set; }

    public Task<long> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(Interlocked.Read(ref _generation));

    public Task<long> AdvanceAsync(CancellationToken cancellationToken) => IsOut
        ? Task.FromException<long>(new StoreUnavailableException(StoreKind.PostgreSql, "The ledger is out."))
        : Task.FromResult(Interlocked.Increment(ref _generation));
}

/// <summary>The servers that the cache's contract runs against.</summary>
public enum CacheServer
{
    Redis,
    Garnet,
}

/// <summary>A server of one kind, empty, for one test.</summary>
internal sealed class TestCacheServer : IAsyncDisposable
{
    private readonly RedisDatabase? _database;
    private readonly EmbeddedRedis? _embedded;

    private TestCacheServer(RedisDatabase? database, EmbeddedRedis? embedded)
    {
        _database = database;
        _embedded = embedded;
    }

    public IRedisServer Server => _embedded ?? (IRedisServer)new ConfiguredRedis(_database!.ConnectionString);

    public static async Task<TestCacheServer> StartAsync(CacheServer kind) => kind == CacheServer.Garnet
        ? new TestCacheServer(null, new EmbeddedRedis())
        : new TestCacheServer(await TestServers.CreateRedisDatabaseAsync(), null);

    public async ValueTask DisposeAsync()
    {
        _embedded?.Dispose();
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }
}

/// <summary>Waits for what must become true, within a bound that only a failure meets.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static Task IsTrueAsync(Func<bool> condition, string what) => IsTrueAsync(() => Task.FromResult(condition()), what);

    public static async Task IsTrueAsync(Func<Task<bool>> condition, string what)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) < Limit, $"It did not come true within {Limit.TotalSeconds} s that {what}.");
            await Task.Delay(20);
        }
    }
}
