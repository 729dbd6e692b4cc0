using GavatDashboard.Features.Coins;
using GavatDashboard.Tests.Faults.Harness;

namespace GavatDashboard.Tests.Faults;

/// <summary>The application is killed under load at the end of each named step of a write, and started again.</summary>
[Trait("Category", "Fault")]
public sealed class KillTests
{
    [Fact]
    public async Task Kill_AtEachStepOfAWrite_LosesNothingAndAppliesNothingTwice()
    {
        await using var arena = await FaultArena.StartAsync();
        var verdict = await KillRounds.RunAsync(arena, rounds: 2 * KillRounds.Steps.Count, seed: Random.Shared.Next(1_000_000), TextWriter.Null);
        Assert.True(verdict.IsClean, verdict.ToString());
        Assert.True(verdict.Acknowledged > 100 && verdict.Unclear > 0, $"{verdict.Summary}: that proves nothing.");
    }
}

/// <summary>Rounds of load, death and return.</summary>
internal static class KillRounds
{
    /// <summary>The steps at whose end the application dies.</summary>
    public static readonly IReadOnlyList<string> Steps =
    [
        LedgerTracing.Intent, LedgerTracing.Ahead, LedgerTracing.Prepare, LedgerTracing.Follow, LedgerTracing.Commit, LedgerTracing.Mirror, LedgerTracing.Cache,
    ];

    /// <summary>Runs the rounds, each step in its turn, and judges at the end. Each round's start is the recovery from the one before.</summary>
    /// <exception cref="InvalidOperationException">Something was lost, invented, or does not fit.</exception>
    public static async Task<Verdict> RunAsync(FaultArena arena, int rounds, int seed, TextWriter log)
    {
        var random = new Random(seed);
        using var callers = await arena.StartCallersAsync(seed, callers: 8, pauseMs: 0, TimeSpan.FromSeconds(30));
        await arena.App.StopAsync();
        for (var round = 0; round < rounds; round++)
        {
            var point = new KillPoint(Steps[round % Steps.Count], random.Next(2, 40));
            await arena.App.StartAsync(point);
            using var stop = new CancellationTokenSource();
            var calling = Task.Run(async () =>
            {
                await callers.ResolveAsync(TimeSpan.FromSeconds(60), stop.Token);
                await callers.RunAsync(stop.Token);
            });
            await arena.App.WaitForEndAsync(TimeSpan.FromSeconds(60));
            await stop.CancelAsync();
            await calling;
            var verdict = await arena.JudgePrimaryAsync();
            await log.WriteLineAsync($"{round + 1}: {point.Step} {point.Occurrence}: {verdict.Summary}");
            if (!verdict.IsClean)
            {
                throw new InvalidOperationException($"seed {seed}, round {round + 1}, {point}: {verdict}");
            }
        }

        await arena.App.StartAsync();
        await arena.App.WaitUntilReadyAsync(TimeSpan.FromSeconds(60));
        await callers.ResolveAsync(TimeSpan.FromSeconds(60), CancellationToken.None);
        return await arena.SettleAndJudgeAsync(TimeSpan.FromSeconds(60));
    }
}
