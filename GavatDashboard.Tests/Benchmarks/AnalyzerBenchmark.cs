using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Tests.Features.Analysis;
using Npgsql;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>
/// The analysis of everybody and of one user on PostgreSQL and Redis, as the application does it, at 1,000, 10,000 and 100,000 users with 20
/// entries and 5 activity events each; <c>BENCH_USERS</c> names other sizes.
/// </summary>
internal static class AnalyzerBenchmark
{
    private const int Singles = 500;

    public static async Task RunAsync(TextWriter output)
    {
        await output.WriteLineAsync("| users | everybody | users a second | 1 % changed | fit's data | one user, fresh: p50 / p95 / p99 |");
        await AnalyzedCommunity.ForEachSizeAsync(daysBetween: 9, spread: 200, (analyzer, source, users) => MeasureAsync(output, analyzer, source, users));
    }

    private static async Task MeasureAsync(TextWriter output, AnalyzerUnderTest analyzer, NpgsqlDataSource source, int users)
    {
        var population = Stopwatch.StartNew();
        await analyzer.Histories.ReadPopulationAsync(DateTimeOffset.UtcNow, CancellationToken.None);
        population.Stop();
        var full = await BatchAsync(analyzer, BatchKind.Full);
        await AnalyzedCommunity.ExecuteAsync(source, "ANALYZE erko_profiles");
        await AnalyzedCommunity.ExecuteAsync(source, "UPDATE coin_balances SET version = version + 1 WHERE user_id IN (SELECT user_id FROM users ORDER BY md5(user_id) LIMIT (SELECT count(*) / 100 FROM users))");
        var changed = await BatchAsync(analyzer, BatchKind.Incremental);
        var times = new List<double>();
        for (var i = 0; i < Singles + 20; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await analyzer.Profiles.FindAsync(AnalyzedCommunity.Id((int)(i * 7919L % users)), refresh: true, CancellationToken.None);
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
}
