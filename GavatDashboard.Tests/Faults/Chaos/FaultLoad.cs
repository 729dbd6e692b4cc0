using System.Globalization;
using GavatDashboard.Tests.Faults.Harness;

namespace GavatDashboard.Tests.Faults.Chaos;

/// <summary>Callers on a running application while faults strike it, the judgement at the end, and how what was measured is told.</summary>
internal static class FaultLoad
{
    /// <summary>How long the system may take to be back by itself.</summary>
    public static readonly TimeSpan Recovery = TimeSpan.FromSeconds(90);

    /// <summary>Lets faults strike under load, and judges at the end.</summary>
    /// <exception cref="TimeoutException">It did not recover by itself.</exception>
    public static async Task<Verdict> JudgeAsync(FaultArena arena, int seed, int callers, int pauseMs, Func<OracleCallers, Task> strike)
    {
        using var load = await arena.StartCallersAsync(seed, callers, pauseMs, Recovery);
        await load.CallDuringAsync(() => strike(load), Recovery);
        return await arena.SettleAndJudgeAsync(Recovery);
    }

    /// <summary>What most of some times, nearly all of them, and all of them do not exceed.</summary>
    public static string Spread(IEnumerable<double> timesMs)
    {
        var ordered = timesMs.Order().ToArray();
        return string.Create(CultureInfo.InvariantCulture, $"p50 {At(0.5):N0} ms, p99 {At(0.99):N0} ms, max {At(1):N0} ms");

        double At(double share) => ordered.Length == 0 ? 0 : ordered[(int)Math.Ceiling(share * (ordered.Length - 1))];
    }
}
