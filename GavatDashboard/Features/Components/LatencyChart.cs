using System.Globalization;
using GavatDashboard.Domain.Health;
using GavatDashboard.Shared.Charts;

namespace GavatDashboard.Features.Components;

/// <summary>Lays a component's latencies out as p50, p95 and p99 over time.</summary>
internal static class LatencyChart
{
    private static readonly TimeSpan Trailing = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The chart of a window. The shortest range has a point at every probe, over the minute before it; longer ones have a point
    /// a bucket. A failed probe or a bucket without an answer breaks the lines.
    /// </summary>
    public static ChartSpec Of(LatencyWindow window, LatencyTarget? target, string targetLabel, string noData)
    {
        var rows = window is { Range: LatencyRange.Minutes15, Points.Count: > 0 } ? RollOver(window.Points) : [.. window.Buckets.Select(bucket => (bucket.StartedAt, bucket.Stats))];
        ChartSeries Line(string name, string color, double width, Func<LatencyStats, double?> pick) =>
            new(name, color, [.. rows.Select(row => new double?[] { row.At.ToUnixTimeMilliseconds(), Round(pick(row.Stats)) })], width);
        return new ChartSpec(
            [Line("p50", "--chart-1", 2.5, stats => stats.P50Ms), Line("p95", "--chart-2", 1.5, stats => stats.P95Ms), Line("p99", "--chart-3", 1.5, stats => stats.P99Ms)],
            window.From.ToUnixTimeMilliseconds(),
            window.To.ToUnixTimeMilliseconds())
        {
            Locale = CultureInfo.CurrentUICulture.Name,
            Unit = "ms",
            Min = 0,
            IsLong = window.To - window.From > TimeSpan.FromHours(24),
            Targets = target is null ? [] : [new ChartTarget(target.MaxMs, targetLabel)],
            NoData = noData,
        };
    }

    private static List<(DateTimeOffset At, LatencyStats Stats)> RollOver(IReadOnlyList<LatencyPoint> points)
    {
        var rows = new List<(DateTimeOffset, LatencyStats)>(points.Count);
        var first = 0;
        for (var i = 0; i < points.Count; i++)
        {
            while (points[first].At <= points[i].At - Trailing)
            {
                first++;
            }

            double[] latencies = points[i].LatencyMs is null ? [] : [.. points.Skip(first).Take(i - first + 1).Select(point => point.LatencyMs).OfType<double>()];
            rows.Add((points[i].At, LatencyStats.From(latencies, 0)));
        }

        return rows;
    }

    // More digits than a person can read would only be sent in vain.
    private static double? Round(double? milliseconds) => milliseconds is { } value ? Math.Round(value, 3) : null;
}
