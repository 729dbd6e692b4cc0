using System.Globalization;
using System.Text.Json;
using GavatDashboard.Tests.Faults.Harness;

namespace GavatDashboard.Tests.Faults.Chaos;

/// <summary>Kills PostgreSQL under load and lets it come back, again and again, and measures how long callers felt either.</summary>
internal sealed class FailoverRounds(FaultArena arena, int seed, TextWriter output)
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(90);
    private readonly Random random = new(seed);
    private readonly List<Round> rounds = [];

    /// <summary>Runs, and judges at the end.</summary>
    /// <exception cref="TimeoutException">It did not recover by itself.</exception>
    public async Task<Verdict> RunAsync(int count)
    {
        using var callers = arena.CreateCallers(seed, callers: 16, pauseMs: 2);
        await arena.App.StartAsync();
        await arena.App.WaitUntilReadyAsync(Recovery);
        await callers.RegisterAsync();
        using var stop = new CancellationTokenSource();
        var calling = callers.RunAsync(stop.Token);
        try
        {
            for (var number = 1; number <= count; number++)
            {
                var round = await MeasureAsync(callers);
                rounds.Add(round);
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{number,4} {round}"));
            }
        }
        finally
        {
            await stop.CancelAsync();
            await calling;
        }

        await callers.ResolveAsync(Recovery, CancellationToken.None);
        var verdict = await arena.SettleAndJudgeAsync(Recovery);
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
        await arena.App.WaitUntilStateAsync("fallback", Recovery);
        await arena.WaitUntilAcknowledgesAsync(callers, Recovery);
        var failoverMs = callers.LongestSilenceMs(struckAt);
        await Task.Delay(random.Next(0, 2_000));
        var backAt = arena.History.Now;
        await arena.Postgres.RestartAsync();
        await arena.App.WaitUntilStateAsync("primary", Recovery);
        var returnedMs = arena.History.Now - backAt;
        await arena.WaitUntilAcknowledgesAsync(callers, Recovery);
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

    private async Task SayAsync(string what, Func<Round, double> value)
    {
        var ordered = rounds.Select(value).Order().ToArray();
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{ordered.Length} times {what}: p50 {At(0.5):N0} ms, p99 {At(0.99):N0} ms, max {At(1):N0} ms"));

        double At(double share) => ordered.Length == 0 ? 0 : ordered[(int)Math.Ceiling(share * (ordered.Length - 1))];
    }

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
