using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Tests.Faults.Harness;

namespace GavatDashboard.Tests.Faults.Chaos;

/// <summary>Random faults under load. What strikes, when and for how long follows from the seed; how the system takes it, of course, does not.</summary>
internal sealed class ChaosRun(FaultArena arena, int seed, TextWriter output)
{
    private readonly Random random = new(seed);
    private readonly List<double> silencesMs = [];

    /// <summary>Runs, and judges at the end.</summary>
    /// <exception cref="TimeoutException">It did not recover by itself.</exception>
    public async Task<Verdict> RunAsync(TimeSpan duration)
    {
        var verdict = await FaultLoad.JudgeAsync(arena, seed, callers: 12, pauseMs: 10, async callers =>
        {
            var watch = Stopwatch.StartNew();
            for (var number = 1; watch.Elapsed < duration; number++)
            {
                await StrikeAsync(callers, number);
            }
        });
        await output.WriteLineAsync($"{silencesMs.Count} faults, longest time without an acknowledgement: {FaultLoad.Spread(silencesMs)}");
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
        await arena.WaitUntilAcknowledgesAsync(callers, FaultLoad.Recovery);
        var silenceMs = callers.LongestSilenceMs(struckAt);
        silencesMs.Add(silenceMs);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{number,4} {fault.Name}, {lasts.TotalMilliseconds:N0} ms: no acknowledgement for {silenceMs:N0} ms"));
    }
}
