using System.Globalization;
using System.Text.Json;
using GavatDashboard.Tests.Faults.Harness;
using Xunit.Abstractions;

namespace GavatDashboard.Tests.Faults;

/// <summary>PostgreSQL is back, and takes what it lacks more slowly than more comes.</summary>
[Trait("Category", "Fault")]
public sealed class BackPressureTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Postgres_ThatComesBackSlowerThanWritesCome_IsCaughtUpWithBecauseTheyAreSlowed()
    {
        // The probe is patient here: a server that is slow for everybody is to be taken back all the same.
        await using var arena = await FaultArena.StartAsync(settings: new Dictionary<string, string> { ["Failover__ProbeTimeoutSeconds"] = "4", ["Failover__SwitchTimeoutSeconds"] = "5" });
        using var callers = await arena.StartCallersAsync(Random.Shared.Next(1_000_000), callers: 24, pauseMs: 0, Recovery);
        await arena.WaitUntilFollowingAsync(Recovery);
        double? slowest = null;
        var slow = new Fault("postgresql comes back slow", async (_, _) =>
        {
            await arena.Postgres.KillAsync();
            await arena.App.WaitUntilStateAsync("fallback", Recovery);
            await arena.WaitUntilAcknowledgesAsync(callers, Recovery);
            // While one of its answers is under way, more comes than a switch-back may leave.
            arena.PostgresNetwork.Latency = TimeSpan.FromMilliseconds(150);
            await arena.Postgres.RestartAsync();
            slowest = await WatchAsync(arena);
            arena.PostgresNetwork.Latency = TimeSpan.Zero;
        });
        var (verdict, _) = await arena.StrikeAsync(callers, slow, TimeSpan.Zero, Recovery);

        Assert.True(verdict.IsClean, verdict.ToString());
        Assert.True(slowest is not null, "New writes were never slowed: that proves nothing.");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"new writes were slowed to {slowest:N0} a second at the least"));
        Assert.Null(await SlowedToAsync(arena));
        await arena.SettleAndJudgeAsync(Recovery);
    }

    /// <summary>Watches until PostgreSQL takes the writes.</summary>
    /// <returns>To how many operations a second new ones were slowed at the least; null where they were not.</returns>
    private static async Task<double?> WatchAsync(FaultArena arena)
    {
        using var limit = new CancellationTokenSource(Recovery);
        double? slowest = null;
        while ((await arena.App.ReadFailoverAsync())!.Value.GetProperty("state").GetString() != "primary")
        {
            limit.Token.ThrowIfCancellationRequested();
            if (await SlowedToAsync(arena) is { } slowed)
            {
                slowest = Math.Min(slowest ?? slowed, slowed);
            }
        }

        return slowest;
    }

    private static async Task<double?> SlowedToAsync(FaultArena arena) =>
        (await arena.App.ReadFailoverAsync())!.Value.TryGetProperty("slowedToPerSecond", out var slowed) && slowed.ValueKind == JsonValueKind.Number ? slowed.GetDouble() : null;
}
