using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Stores.Analysis;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Tests.Servers;
using GavatDashboard.Tests.Stores.Analysis;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>The analysis of everybody and of one user on PostgreSQL, at 1,000, 10,000 and 100,000 users with 20 entries each.</summary>
internal static class AnalyzerBenchmark
{
    private const int EntriesEach = 20;
    private const int Chunk = 500;
    private const int Singles = 300;

    public static async Task RunAsync(TextWriter output)
    {
        await using var server = await PostgresServer.StartAsync(isDurable: true);
        foreach (var users in new[] { 1_000, 10_000, 100_000 })
        {
            await using var database = await server.CreateDatabaseAsync();
            await PostgresMigrations.RunAsync(database.ConnectionString, NullLogger.Instance, CancellationToken.None);
            await using var source = PostgresSource.Create(database.ConnectionString, NullLoggerFactory.Instance);
            await FillAsync(source, users);
            await MeasureAsync(output, source, users);
        }
    }

    private static async Task MeasureAsync(TextWriter output, NpgsqlDataSource source, int users)
    {
        var store = new PostgresAnalysisDatabase(source);
        var databases = new AnalysisDatabases(store, store, new OneLedger(new PostgresLedger(source, TimeProvider.System)));
        var (histories, profiles) = (new SqlHistorySource(databases), new SqlProfileStore(databases, TimeProvider.System));
        var analyzer = new UserAnalyzer(RuleSet.Default);
        var population = Stopwatch.StartNew();
        await histories.ReadPopulationAsync(DateTimeOffset.UtcNow, CancellationToken.None);
        population.Stop();
        var full = await BatchAsync(histories, profiles, analyzer, BatchKind.Full);
        await ExecuteAsync(source, "ANALYZE");
        await ExecuteAsync(source, "UPDATE coin_balances SET version = version + 1 WHERE user_id IN (SELECT user_id FROM users ORDER BY user_id LIMIT (SELECT count(*) / 100 FROM users))");
        var changed = await BatchAsync(histories, profiles, analyzer, BatchKind.Incremental);
        var times = new List<double>();
        for (var i = 0; i < Singles; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await AnalyzeAsync(histories, profiles, analyzer, [Id(i * 7919 % users)]);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        times = [.. times.Skip(20).Order()];
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"| {users:N0} | {full.Seconds:F1} s | {full.Users / full.Seconds:N0} | {changed.Users:N0} in {changed.Seconds:F2} s | {population.Elapsed.TotalSeconds:F2} s | {times[times.Count / 2]:F1} / {times[(int)(times.Count * 0.95)]:F1} ms |"));
    }

    private static async Task<(long Users, double Seconds)> BatchAsync(SqlHistorySource histories, SqlProfileStore profiles, UserAnalyzer analyzer, BatchKind kind)
    {
        var watch = Stopwatch.StartNew();
        var (query, after, done) = (new DueQuery(kind, DateTimeOffset.UtcNow, analyzer.Version), string.Empty, 0L);
        while (await histories.ListDueAsync(query, after, Chunk, CancellationToken.None) is { Count: > 0 } due)
        {
            await AnalyzeAsync(histories, profiles, analyzer, due);
            (after, done) = (due[^1], done + due.Count);
        }

        return (done, watch.Elapsed.TotalSeconds);
    }

    private static async Task AnalyzeAsync(SqlHistorySource histories, SqlProfileStore profiles, UserAnalyzer analyzer, IReadOnlyCollection<string> users)
    {
        var now = DateTimeOffset.UtcNow;
        var batch = await histories.LoadAsync(users, now, CancellationToken.None);
        await profiles.SaveAsync([.. batch.Histories.AsParallel().AsOrdered().Select(history => analyzer.Analyze(history, now))], batch.Devices, CancellationToken.None);
    }

    /// <summary>Fills the tables as a ledger of a year would stand; what the analysis does not read is left plain.</summary>
    private static Task FillAsync(NpgsqlDataSource source, int users) => ExecuteAsync(source, string.Create(CultureInfo.InvariantCulture, $"""
        INSERT INTO users SELECT 'user-' || lpad(i::text, 6, '0'), 'name ' || i, 'member', now() - interval '400 days', now() - (i % 200) * interval '1 day'
            FROM generate_series(0, {users - 1}) i;
        INSERT INTO coin_transactions
            SELECT i::bigint * {EntriesEach} + n + 1, gen_random_uuid(), 'user-' || lpad(i::text, 6, '0'),
                   CASE n % 4 WHEN 0 THEN 'earn_purchase' WHEN 1 THEN 'spend_content' WHEN 2 THEN 'earn_task' ELSE CASE WHEN n = 3 THEN 'earn_referral' ELSE 'spend_message' END END,
                   CASE n % 4 WHEN 0 THEN 100 WHEN 1 THEN -20 WHEN 2 THEN 5 ELSE CASE WHEN n = 3 THEN 20 ELSE -5 END END,
                   0, 'treasury:earn', NULL, 'user-' || lpad(((i * 31 + n) % {users})::text, 6, '0'), NULL, NULL, i || ':' || n, decode('00', 'hex'),
                   now() - ((i % 200) + n * 9) * interval '1 day' - (n * 37) * interval '1 minute', now() - ((i % 200) + n * 9) * interval '1 day' - (n * 37) * interval '1 minute', 'bench', 1, decode('00', 'hex')
            FROM generate_series(0, {users - 1}) i, generate_series(0, {EntriesEach - 1}) n;
        INSERT INTO coin_balances SELECT user_id, sum(amount), sum(greatest(amount, 0)), sum(greatest(-amount, 0)), sum(CASE WHEN type = 'earn_purchase' THEN amount ELSE 0 END), 'silver',
                   NULL, NULL, NULL, NULL, false, {EntriesEach}, now() FROM coin_transactions GROUP BY user_id;
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
