using System.Globalization;
using GavatDashboard.Stores.Analysis;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Redis;
using GavatDashboard.Tests.Features.Analysis;
using GavatDashboard.Tests.Servers;
using GavatDashboard.Tests.Stores.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>Users for the analyzer's benchmarks: 20 entries and 5 activity events each, written past the ledger.</summary>
internal static class AnalyzedCommunity
{
    public const int EntriesEach = 20;

    /// <summary>Measures communities of several sizes, each in a database of its own on one PostgreSQL (durable) with one Redis.</summary>
    /// <param name="daysBetween">Days between two entries of a user.</param>
    /// <param name="spread">The newest entry is from 0 up to so many days old.</param>
    /// <param name="measure">Measures an analyzer, its database, and so many users.</param>
    public static async Task ForEachSizeAsync(double daysBetween, int spread, Func<AnalyzerUnderTest, NpgsqlDataSource, int, Task> measure)
    {
        await using var server = await PostgresServer.StartAsync(isDurable: true);
        await using var redis = await RedisServer.StartAsync();
        foreach (var users in Sizes())
        {
            await using var database = await server.CreateDatabaseAsync();
            await PostgresMigrations.RunAsync(database.ConnectionString, NullLogger.Instance, CancellationToken.None);
            await using var source = PostgresSource.Create(database.ConnectionString, NullLoggerFactory.Instance);
            await using var cache = await new CacheUnderTest(new ConfiguredRedis(redis.ConnectionString)).StartAsync();
            await FillAsync(source, users, daysBetween, spread);
            using var analyzer = new AnalyzerUnderTest(new PostgresAnalysisDatabase(source), new PostgresLedger(source, TimeProvider.System), cache.Values, TimeProvider.System);
            await measure(analyzer, source, users);
        }
    }

    /// <summary>How many users a benchmark shall have, one after the other; <c>BENCH_USERS</c> names other sizes.</summary>
    private static IEnumerable<int> Sizes() =>
        (Environment.GetEnvironmentVariable("BENCH_USERS") is { Length: > 0 } named ? named : "1000 10000 100000")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(size => int.Parse(size, CultureInfo.InvariantCulture));

    /// <summary>Fills the tables as a ledger would stand; what the analysis does not read is left plain.</summary>
    /// <param name="source">The database.</param>
    /// <param name="users">How many users.</param>
    /// <param name="daysBetween">Days between two entries of a user.</param>
    /// <param name="spread">The newest entry is from 0 up to so many days old.</param>
    private static Task FillAsync(NpgsqlDataSource source, int users, double daysBetween, int spread) => ExecuteAsync(source, string.Create(CultureInfo.InvariantCulture, $"""
        INSERT INTO users SELECT 'user-' || lpad(i::text, 6, '0'), 'name ' || i, 'member', now() - interval '400 days'
            FROM generate_series(0, {users - 1}) i;
        INSERT INTO coin_transactions
            SELECT i::bigint * {EntriesEach} + n + 1, gen_random_uuid(), 'user-' || lpad(i::text, 6, '0'),
                   CASE n % 4 WHEN 0 THEN 'earn_purchase' WHEN 1 THEN 'spend_content' WHEN 2 THEN 'earn_task' ELSE CASE WHEN n = 3 THEN 'earn_referral' ELSE 'spend_message' END END,
                   CASE n % 4 WHEN 0 THEN 100 WHEN 1 THEN -20 WHEN 2 THEN 5 ELSE CASE WHEN n = 3 THEN 20 ELSE -5 END END,
                   0, 'treasury:earn', NULL, 'user-' || lpad(((i * 31 + n) % {users})::text, 6, '0'), NULL, NULL, i || ':' || n, decode('00', 'hex'), at, at, 'bench', 1, decode('00', 'hex')
            FROM generate_series(0, {users - 1}) i, generate_series(0, {EntriesEach - 1}) n,
                 LATERAL (SELECT now() - ((i % {spread}) + n * {daysBetween}) * interval '1 day' - (n * 37) * interval '1 minute' AS at) AS moment;
        INSERT INTO coin_balances SELECT user_id, sum(amount), sum(greatest(amount, 0)), sum(greatest(-amount, 0)), sum(CASE WHEN type = 'earn_purchase' THEN amount ELSE 0 END), 'silver',
                   NULL, NULL, NULL, NULL, false, {EntriesEach}, now(), max(effective_at) FROM coin_transactions GROUP BY user_id;
        INSERT INTO activities SELECT gen_random_uuid(), i::bigint * 5 + n, 'user-' || lpad(i::text, 6, '0'), 'login', json_build_object('device', 'phone-' || i)::text, now() - ((i % {spread}) + n * 3) * interval '1 day'
            FROM generate_series(0, {users - 1}) i, generate_series(0, 4) n;
        ANALYZE;
        """));

    public static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
    }

    public static string Id(int user) => string.Create(CultureInfo.InvariantCulture, $"user-{user:D6}");
}
