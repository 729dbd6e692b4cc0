using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;

namespace GavatDashboard.Stores.Sqlite.Console;

/// <inheritdoc cref="IHealthArchive"/>
internal sealed class SqliteHealthArchive(ConsoleDatabase database) : IHealthArchive
{
    private const string BucketColumns =
        "started_at_ms AS StartedAtMs, worst AS Worst, answered AS Answered, failed AS Failed, min_ms AS MinMs, max_ms AS MaxMs, mean_ms AS MeanMs, p50_ms AS P50Ms, p95_ms AS P95Ms, p99_ms AS P99Ms";

    public Task WriteAsync(IReadOnlyList<ProbeResult> samples, IReadOnlyList<KeptBucket> buckets, CancellationToken cancellationToken) => database.WriteAsync(
        async sql =>
        {
            foreach (var sample in samples)
            {
                await sql.ExecuteAsync(
                    "INSERT INTO health_samples (component, at_ms, status, latency_ms) VALUES (@ComponentId, @AtMs, @Status, @LatencyMs) ON CONFLICT DO NOTHING",
                    new { sample.ComponentId, AtMs = sample.CheckedAt.ToUnixTimeMilliseconds(), Status = (int)sample.Status, LatencyMs = LatencyOf(sample) });
            }

            foreach (var (component, length, bucket) in buckets)
            {
                await sql.ExecuteAsync(
                    """
                    INSERT OR REPLACE INTO health_buckets (component, seconds, started_at_ms, worst, answered, failed, min_ms, max_ms, mean_ms, p50_ms, p95_ms, p99_ms)
                    VALUES (@Component, @Seconds, @StartedAtMs, @Worst, @Count, @Failures, @MinMs, @MaxMs, @MeanMs, @P50Ms, @P95Ms, @P99Ms)
                    """,
                    new
                    {
                        Component = component, Seconds = (int)length, StartedAtMs = bucket.StartedAt.ToUnixTimeMilliseconds(), Worst = (int)bucket.Worst, bucket.Stats.Count,
                        bucket.Stats.Failures, bucket.Stats.MinMs, bucket.Stats.MaxMs, bucket.Stats.MeanMs, bucket.Stats.P50Ms, bucket.Stats.P95Ms, bucket.Stats.P99Ms,
                    });
            }

            return true;
        },
        cancellationToken);

    public Task<ILookup<string, LatencyPoint>> ReadSamplesAsync(DateTimeOffset since, CancellationToken cancellationToken) => database.ReadAsync(
        async sql =>
        {
            var rows = await sql.QueryAsync<SampleRow>(
                "SELECT component AS Component, at_ms AS AtMs, status AS Status, latency_ms AS LatencyMs FROM health_samples WHERE at_ms >= @sinceMs ORDER BY component, at_ms",
                new { sinceMs = since.ToUnixTimeMilliseconds() });
            return rows.ToLookup(row => row.Component, row => new LatencyPoint(ConsoleTime.From(row.AtMs), row.LatencyMs, (ComponentStatus)row.Status), StringComparer.Ordinal);
        },
        cancellationToken);

    public Task<IReadOnlyList<LatencyBucket>> ReadBucketsAsync(string componentId, BucketLength length, DateTimeOffset since, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<LatencyBucket>>(
            async sql =>
            {
                var rows = await sql.QueryAsync<BucketRow>(
                    $"SELECT {BucketColumns} FROM health_buckets WHERE component = @componentId AND seconds = @seconds AND started_at_ms >= @sinceMs ORDER BY started_at_ms",
                    new { componentId, seconds = (int)length, sinceMs = since.ToUnixTimeMilliseconds() });
                return [.. rows.Select(row => row.ToBucket())];
            },
            cancellationToken);

    public Task<IReadOnlyList<Uptime>> ReadUptimeAsync(string componentId, DateTimeOffset now, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<Uptime>>(
        async sql =>
        {
            var uptimes = new List<Uptime>();
            foreach (var length in Uptime.Lengths)
            {
                var sum = await sql.ScalarAsync<UptimeRow>(
                    """
                    SELECT COALESCE(SUM(answered), 0) AS Answered, COALESCE(SUM(answered + failed), 0) AS Probes, COUNT(*) AS Minutes
                    FROM health_buckets WHERE component = @componentId AND seconds = @seconds AND started_at_ms >= @sinceMs
                    """,
                    new { componentId, seconds = (int)BucketLength.Minute, sinceMs = (now - length).ToUnixTimeMilliseconds() });
                uptimes.Add(new(length, sum.Answered, sum.Probes, TimeSpan.FromMinutes(sum.Minutes)));
            }

            return uptimes;
        },
        cancellationToken);

    public Task TrimAsync(DateTimeOffset samplesBefore, DateTimeOffset bucketsBefore, CancellationToken cancellationToken) => database.WriteAsync(
        sql => sql.ExecuteAsync(
            "DELETE FROM health_samples WHERE at_ms < @samplesMs; DELETE FROM health_buckets WHERE started_at_ms < @bucketsMs;",
            new { samplesMs = samplesBefore.ToUnixTimeMilliseconds(), bucketsMs = bucketsBefore.ToUnixTimeMilliseconds() }),
        cancellationToken);

    /// <summary>How long a failure took says how long the timeout is, not how quick the component is.</summary>
    private static double? LatencyOf(ProbeResult sample) => sample.Status is ComponentStatus.Healthy or ComponentStatus.Degraded ? sample.LatencyMs : null;

    private sealed record UptimeRow(long Answered, long Probes, long Minutes);

    private sealed record SampleRow(string Component, long AtMs, long Status, double? LatencyMs);

    private sealed record BucketRow(
        long StartedAtMs, long Worst, long Answered, long Failed, double? MinMs, double? MaxMs, double? MeanMs, double? P50Ms, double? P95Ms, double? P99Ms)
    {
        public LatencyBucket ToBucket() => new(
            ConsoleTime.From(StartedAtMs),
            new LatencyStats { Count = (int)Answered, Failures = (int)Failed, MinMs = MinMs, MaxMs = MaxMs, MeanMs = MeanMs, P50Ms = P50Ms, P95Ms = P95Ms, P99Ms = P99Ms },
            (ComponentStatus)Worst);
    }
}
