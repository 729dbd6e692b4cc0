using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Stores.Analysis;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Redis;
using GavatDashboard.Tests.Features.Analysis;
using GavatDashboard.Tests.Servers;
using GavatDashboard.Tests.Stores.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>
/// The analysis of everybody and of one user on PostgreSQL and Redis, as the application does it, at 1,000, 10,000 and 100,000 users with 20
/// entries and 5 activity events each; <c>BENCH_USERS</c> names other sizes.
/// </summary>
internal static class AnalyzerBenchmark
{
    private const int EntriesEach = 20;
    private const int Singles = 500;

    public static async Task RunAsync(TextWriter output)
    {
        var sizes = Environment.GetEnvironmentVariable("BENCH_USERS") is { Length: > 0 } named ? named : "1000 10000 100000";
        await using var server = await PostgresServer.StartAsync(isDurable: true);
        await using var redis = await RedisServer.StartAsync();
        await output.WriteLineAsync("| users | everybody | users a second | 1 % changed | fit's data | one user, fresh: p50 / p95 / p99 |");
        foreach (var users in sizes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(size => int.Parse(size, CultureInfo.InvariantCulture)))
        {
            await using var database = await server.CreateDatabaseAsync();
            await PostgresMigrations.RunAsync(database.ConnectionString, NullLogger.Instance, CancellationToken.None);
            await using var source = PostgresSource.Create(database.ConnectionString, NullLoggerFactory.Instance);
            await using var cache = await new CacheUnderTest(new ConfiguredRedis(redis.ConnectionString)).StartAsync();
            await FillAsync(source, users);
            using var analyzer = new AnalyzerUnderTest(new PostgresAnalysisDatabase(source), new PostgresLedger(source, TimeProvider.System), cache.Values, TimeProvider.System);
            await MeasureAsync(output, analyzer, source, users);
        }
    }

    private static async Task MeasureAsync(TextWriter output, AnalyzerUnderTest analyzer, NpgsqlDataSource source, int users)
    {
        var population = Stopwatch.StartNew();
        await analyzer.Histories.ReadPopulationAsync(DateTimeOffset.UtcNow, CancellationToken.None);
        population.Stop();
        var full = await BatchAsync(analyzer, BatchKind.Full);
        await ExecuteAsync(source, "ANALYZE erko_profiles");
        await ExecuteAsync(source, "UPDATE coin_balances SET version = version + 1 WHERE user_id IN (SELECT user_id FROM users ORDER BY md5(user_id) LIMIT (SELECT count(*) / 100 FROM users))");
        var changed = await BatchAsync(analyzer, BatchKind.Incremental);
        var times = new List<double>();
        for (var i = 0; i < Singles + 20; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await analyzer.Profiles.FindAsync(Id((int)(i * 7919L % users)), refresh: true, CancellationToken.None);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        times = [.. times.Skip(20).Order()];
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"| {users:N0} | {full.Seconds:F1} s | {full.Users / full.Seconds:N0} | {changed.Users:N0} in {changed.Seconds:F2} s | {population.Elapsed.TotalSeconds:F2} s | {At(0.5):F1} / {At(0.95):F1} / {At(0.99):F1} ms |"));

        double At(double share) => times[(int)(times.Count * share)];
    }

    private static async Task<(long Users, double Seconds)> BatchAsync(AnalyzerUnderTest analyzer, BatchKind kind)
    {
        var watch = Stopwatch.StartNew();
        analyzer.Batches.TryStart(kind, "bench");
        await analyzer.Batches.Ended;
        return analyzer.Batches.Status is { State: WorkState.Done, Result: { } batch }
            ? (batch.Done, watch.Elapsed.TotalSeconds)
            : throw new InvalidOperationException($"The batch ended {analyzer.Batches.Status.State}: {analyzer.Batches.Status.Problem}");
    }

    /// <summary>Fills the tables as a ledger of a year would stand; what the analysis does not read is left plain.</summary>
    private static Task FillAsync(NpgsqlDataSource source, int users) => ExecuteAsync(source, string.Create(CultureInfo.InvariantCulture, $"""
        INSERT INTO users SELECT 'user-' || lpad(i::text, 6, '0'), 'name ' || i, 'member', now() - interval '400 days'
            FROM generate_series(0, {users - 1}) i;
        INSERT INTO coin_transactions
            SELECT i::bigint * {EntriesEach} + n + 1, gen_random_uuid(), 'user-' || lpad(i::text, 6, '0'),
                   CASE n % 4 WHEN 0 THEN 'earn_purchase' WHEN 1 THEN 'spend_content' WHEN 2 THEN 'earn_task' ELSE CASE WHEN n = 3 THEN 'earn_referral' ELSE 'spend_message' END END,
                   CASE n % 4 WHEN 0 THEN 100 WHEN 1 THEN -20 WHEN 2 THEN 5 ELSE CASE WHEN n = 3 THEN 20 ELSE -5 END END,
                   0, 'treasury:earn', NULL, 'user-' || lpad(((i * 31 + n) % {users})::text, 6, '0'), NULL, NULL, i || ':' || n, decode('00', 'hex'),
                   now() - ((i % 200) + n * 9) * interval '1 day' - (n * 37) * interval '1 minute', now() - ((i % 200) + n * 9) * interval '1 day' - (n * 37) * interval '1 minute', 'bench', 1, decode('00', 'hex')
            FROM generate_series(0, {users - 1}) i, generate_series(0, {EntriesEach - 1}) n;
        INSERT INTO coin_balances SELECT user_id, sum(amount), sum(greatest(amount, 0)), sum(greatest(-amount, 0)), sum(CASE WHEN type = 'earn_purchase' THEN amount ELSE 0 END), 'silver',
                   NULL, NULL, NULL, NULL, false, {EntriesEach}, now(), max(effective_at) FROM coin_transactions GROUP BY user_id;
        INSERT INTO activities SELECT gen_random_uuid(), i::bigint * 5 + n, 'user-' || lpad(i::text, 6, '0'), 'login', json_build_object('device', 'phone-' || i)::text, now() - ((i % 200) + n * 3) * interval '1 day'
            FROM generate_series(0, {users - 1}) i, generate_series(0, 4) n;
        ANALYZE;
        """));

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
    }

    private static string Id(int user) => string.Create(CultureInfo.InvariantCulture, $"user-{user:D6}");
}
