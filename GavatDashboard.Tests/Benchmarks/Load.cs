using System.Diagnostics;
using System.Globalization;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>Calls something from several callers for a while, each waiting for its answer before it calls again.</summary>
internal static class Load
{
    /// <summary>Runs the callers and measures every call.</summary>
    /// <param name="callers">How many call at once.</param>
    /// <param name="duration">For how long.</param>
    /// <param name="call">The call; it is given the caller's number and the call's number.</param>
    /// <param name="finish">Work that the calls have left behind; its time counts. Null for none.</param>
    public static async Task<LoadResult> RunAsync(int callers, TimeSpan duration, Func<int, int, Task> call, Action? finish = null)
    {
        var started = Stopwatch.GetTimestamp();
        var measured = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            List<long> ticks = [];
            for (var number = 0; Stopwatch.GetElapsedTime(started) < duration; number++)
            {
                var before = Stopwatch.GetTimestamp();
                await call(caller, number);
                ticks.Add(Stopwatch.GetTimestamp() - before);
            }

            return ticks;
        })));
        finish?.Invoke();
        var elapsed = Stopwatch.GetElapsedTime(started);
        var all = measured.SelectMany(ticks => ticks).Order().Select(ticks => TimeSpan.FromSeconds((double)ticks / Stopwatch.Frequency).TotalMilliseconds).ToArray();
        return new LoadResult(all.Length / elapsed.TotalSeconds, At(all, 0.5), At(all, 0.99));
    }

    /// <summary>The median of several runs, by throughput.</summary>
    public static LoadResult Median(this IEnumerable<LoadResult> runs)
    {
        var ordered = runs.OrderBy(run => run.PerSecond).ToArray();
        return ordered[ordered.Length / 2];
    }

    private static double At(double[] ordered, double share) => ordered[(int)(share * (ordered.Length - 1))];
}

/// <summary>What a run gave.</summary>
/// <param name="PerSecond">Calls a second.</param>
/// <param name="MedianMs">The median latency in milliseconds.</param>
/// <param name="P99Ms">The latency that 99 of 100 calls stay below, in milliseconds.</param>
internal sealed record LoadResult(double PerSecond, double MedianMs, double P99Ms)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{PerSecond,10:N0}/s   p50 {MedianMs,8:N3} ms   p99 {P99Ms,8:N3} ms");
}
