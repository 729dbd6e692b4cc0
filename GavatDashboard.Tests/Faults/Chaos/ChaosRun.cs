using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Tests.Faults.Harness;

namespace GavatDashboard.Tests.Faults.Chaos;

/// <summary>Random faults under load. What strikes, when and for how long follows from the seed; how the system takes it, of course, does not.</summary>
internal sealed class ChaosRun(FaultArena arena, int seed, TextWriter output)
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(90);
    private readonly Random random = new(seed);
    private readonly List<double> silencesMs = [];

    /// <summary>Runs, and judges at the end.</summary>
    /// <exception cref="TimeoutException">It did not recover by itself.</exception>
    public async Task<Verdict> RunAsync(TimeSpan duration)
    {
        using var callers = arena.CreateCallers(seed, callers: 12, pauseMs: 10);
        await arena.App.StartAsync();
        await arena.App.WaitUntilReadyAsync(Recovery);
        await callers.RegisterAsync();
        using var stop = new CancellationTokenSource();
        var calling = callers.RunAsync(stop.Token);
        try
        {
            var watch = Stopwatch.StartNew();
            for (var number = 1; watch.Elapsed < duration; number++)
            {
                await StrikeAsync(callers, number);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await calling;
        }

        await callers.ResolveAsync(Recovery, CancellationToken.None);
        var verdict = await arena.SettleAndJudgeAsync(Recovery);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{silencesMs.Count} faults, longest time without an acknowledgement: p50 {At(0.5):N0} ms, p99 {At(0.99):N0} ms, max {At(1):N0} ms"));
        return verdict;
    }

    private async Task StrikeAsync(OracleCallers callers, int number)
    {
        var fault = Fault.All[random.Next(Fault.All.Count)];
        var lasts = TimeSpan.FromMilliseconds(random.Next(10) < 7 ? random.Next(50, 2_000) : random.Next(2_000, 8_000));
        var after = TimeSpan.FromMilliseconds(random.Next(200, 3_000));
        await Task.Delay(after);
        var struckAt = arena.History.Now;
        await fault.StrikeAsync(arena, lasts);
        await arena.WaitUntilAcknowledgesAsync(callers, Recovery);
        var silenceMs = callers.LongestSilenceMs(struckAt);
        silencesMs.Add(silenceMs);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{number,4} {fault.Name}, {lasts.TotalMilliseconds:N0} ms: no acknowledgement for {silenceMs:N0} ms"));
    }

    private double At(double share)
    {
        var ordered = silencesMs.Order().ToArray();
        return ordered.Length == 0 ? 0 : ordered[(int)(share * (ordered.Length - 1))];
    }
}
