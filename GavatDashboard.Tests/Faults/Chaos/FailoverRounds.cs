using System.Globalization;
using System.Text.Json;
using GavatDashboard.Tests.Faults.Harness;

namespace GavatDashboard.Tests.Faults.Chaos;

/// <summary>Kills PostgreSQL under load and lets it come back, again and again, and measures how long callers felt either.</summary>
internal sealed class FailoverRounds(FaultArena arena, int seed, TextWriter output)
{
    private readonly Random random = new(seed);
    private readonly List<Round> rounds = [];

    /// <summary>Runs, and judges at the end.</summary>
    /// <exception cref="TimeoutException">It did not recover by itself.</exception>
    public async Task<Verdict> RunAsync(int count)
    {
        var verdict = await FaultLoad.JudgeAsync(arena, seed, callers: 16, pauseMs: 2, async callers =>
        {
            for (var number = 1; number <= count; number++)
            {
                var round = await MeasureAsync(callers);
                rounds.Add(round);
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{number,4} {round}"));
            }
        });
        await SayAsync("killed: no acknowledgement until the fallback's first", round => round.FailoverMs);
        await SayAsync("back: longest silence until PostgreSQL had taken over", round => round.SwitchBackMs);
        await SayAsync("of it, the gate was closed", round => round.FrozenMs);
        await SayAsync("back: until PostgreSQL took the writes again", round => round.ReturnedMs);
        return verdict;
    }

    private async Task<Round> MeasureAsync(OracleCallers callers)
    {
        await Task.Delay(random.Next(500, 1_500));
        var struckAt = arena.History.Now;
        await arena.Postgres.KillAsync();
        await arena.App.WaitUntilStateAsync("fallback", FaultLoad.Recovery);
        await arena.WaitUntilAcknowledgesAsync(callers, FaultLoad.Recovery);
        var failoverMs = callers.LongestSilenceMs(struckAt);
        await Task.Delay(random.Next(0, 2_000));
        var backAt = arena.History.Now;
        await arena.Postgres.RestartAsync();
        await arena.App.WaitUntilStateAsync("primary", FaultLoad.Recovery);
        var returnedMs = arena.History.Now - backAt;
        await arena.WaitUntilAcknowledgesAsync(callers, FaultLoad.Recovery);
        var proof = await ReadProofAsync();
        var (silentAt, silentMs) = callers.LongestSilence(backAt);
        var endedAgo = DateTimeOffset.UtcNow - proof.GetProperty("endedAt").GetDateTimeOffset();
        return new Round(failoverMs, silentMs, silentAt - (arena.History.Now - endedAgo.TotalMilliseconds), returnedMs, proof);
    }

    private async Task<JsonElement> ReadProofAsync()
    {
        while (true)
        {
            var proof = (await arena.App.ReadFailoverAsync())!.Value.GetProperty("proofs")[0];
            if (proof.GetProperty("action").GetString() == "recover")
            {
                return proof;
            }

            await Task.Delay(20);
        }
    }

    private Task SayAsync(string what, Func<Round, double> value) =>
        output.WriteLineAsync($"{rounds.Count} times {what}: {FaultLoad.Spread(rounds.Select(value))}");

    /// <summary>One way there and back.</summary>
    private sealed record Round(double FailoverMs, double SwitchBackMs, double SilentFromMs, double ReturnedMs, JsonElement Proof)
    {
        public double FrozenMs => Proof.GetProperty("outOfServiceMs").GetDouble();

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"failover {FailoverMs:N0} ms, switch-back {SwitchBackMs:N0} ms from {SilentFromMs:N0} ms, frozen {FrozenMs:N0} ms {Times}, replayed {Proof.GetProperty("replayed").GetInt64():N0}, lost {Proof.GetProperty("lost").GetInt64()}");

        private string Times => Proof.TryGetProperty("switchTimes", out var times) && times.ValueKind == JsonValueKind.Object
            ? $"({string.Join(", ", times.EnumerateObject().Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.Name} {each.Value.GetDouble():N0}")))})"
            : string.Empty;
    }
}
