using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Redis;
using GavatDashboard.Tests.Servers;
using GavatDashboard.Tests.Stores.Mirror;
using GavatDashboard.Tests.Stores.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NSubstitute;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>
/// How many balance lookups the cache answers while one call in ten is a coin operation: the whole read path beside the whole write path, on
/// PostgreSQL, SQLite and Redis, over users who are all as likely. First from an empty cache, where every user's first lookup misses.
/// </summary>
internal static class HitRateBenchmark
{
    private const int Callers = 64;
    private const int CallsAWrite = 10;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(15);

    public static async Task RunAsync(TextWriter output, RedisServer redis)
    {
        var folder = Directory.CreateTempSubdirectory("gavat-bench-");
        await using var server = await PostgresServer.StartAsync(isDurable: true);
        await using var database = await server.CreateDatabaseAsync();
        await PostgresMigrations.RunAsync(database.ConnectionString, NullLogger.Instance, CancellationToken.None);
        await using var source = PostgresSource.Create(database.ConnectionString, NullLoggerFactory.Instance);
        await using var ledger = new PostgresLedger(source, TimeProvider.System);
        await using var cache = await new CacheUnderTest(new ConfiguredRedis(redis.ConnectionString)).StartAsync();
        await using (var mirror = new MirrorUnderTest(ledger, Path.Combine(folder.FullName, "fallback.db")))
        {
            await mirror.FollowAsync();
            var batches = new BatchWriter(mirror.Stores, mirror.Mirror, cache.Balances, TimeProvider.System);
            using var writer = new LedgerWriter(batches, [], Options.Create(new LedgerWriterOptions()), TimeProvider.System, NullLogger<LedgerWriter>.Instance);
            using var applier = new MirrorApplier(mirror.Tables, TimeProvider.System);
            await writer.StartAsync(CancellationToken.None);
            await applier.StartAsync(CancellationToken.None);
            await BenchmarkLedger.FillAsync(writer);

            // New users were written through; the cache begins anew, empty.
            var before = cache.Trust.State.Generation;
            cache.Balances.Distrust("the benchmark begins");
            await cache.TrustedAsync(before);
            var reader = new CoinReader(mirror.Stores, cache.Balances, Substitute.For<IBalanceCopy>(), Substitute.For<ILeaderboardCache>(), TimeProvider.System);
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"lookups of {BenchmarkLedger.Users} users beside coin operations, one call in {CallsAWrite}, from {Callers} callers, {Window.TotalSeconds} s from an empty cache and {Window.TotalSeconds} s after it"));
            await MeasureAsync(output, "cold", reader, writer, cache);
            await MeasureAsync(output, "warm", reader, writer, cache);
            await writer.StopAsync(CancellationToken.None);
            await applier.StopAsync(CancellationToken.None);
            mirror.Tables.CatchUp();
            await BenchmarkLedger.CheckBooksAsync(output, ledger, mirror.Ledger);
        }

        folder.Delete(recursive: true);
    }

    private static async Task MeasureAsync(TextWriter output, string name, CoinReader reader, LedgerWriter writer, CacheUnderTest cache)
    {
        var before = cache.Counters.Read();
        var result = await Load.RunAsync(Callers, Window, async (caller, number) =>
        {
            if ((caller + number) % CallsAWrite == 0)
            {
                BenchmarkLedger.Check(await writer.WriteAsync(BenchmarkLedger.Post(isHot: false), CancellationToken.None));
            }
            else if (await reader.FindAccountAsync(BenchmarkLedger.AnyUser(isHot: false), CancellationToken.None) is null)
            {
                throw new InvalidOperationException("A user was not found: the benchmark would measure something else.");
            }
        });
        var after = cache.Counters.Read();
        var (hits, lookups) = (after.Hits - before.Hits, after.Hits + after.Misses + after.Bypassed - before.Hits - before.Misses - before.Bypassed);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  {name,-6}{lookups,10:N0} lookups, {lookups - hits,7:N0} misses   all calls {result}"));
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"hit rate {name} {100.0 * hits / lookups:F2} %"));
    }
}
