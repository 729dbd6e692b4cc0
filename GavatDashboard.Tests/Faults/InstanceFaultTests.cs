using System.Globalization;
using System.Net;
using GavatDashboard.Tests.Faults.Harness;
using Xunit.Abstractions;

namespace GavatDashboard.Tests.Faults;

/// <summary>Two instances in processes of their own on one ledger, one of which freezes, dies or is stopped under load.</summary>
[Trait("Category", "Fault")]
public sealed class InstanceFaultTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(90);
    private FaultArena arena = null!;
    private AppProcess second = null!;

    private AppProcess First => arena.App;

    public async Task InitializeAsync()
    {
        arena = await FaultArena.StartAsync(isDurable: true, settings: new Dictionary<string, string> { ["Instance__SilentAfterSeconds"] = "2" });
        second = arena.CreateInstance("second");
        await First.StartAsync();
        await First.WaitUntilStateAsync("primary", Recovery);
        await second.StartAsync();
        await second.WaitUntilStateAsync("following", Recovery);
    }

    public async Task DisposeAsync()
    {
        await second.DisposeAsync();
        await arena.DisposeAsync();
    }

    [Fact]
    public async Task FrozenOwner_IsTakenOverByHand_AndIsFencedWhenItThaws() => await StrikeAsync(async (_, others) =>
    {
        First.Suspend();
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.Equal(HttpStatusCode.Accepted, await second.RequestAsync("take-over", "frozen-1"));
        await second.WaitUntilStateAsync("primary", Recovery);
        await arena.WaitUntilAcknowledgesAsync(others, Recovery);
        First.Resume();
        await First.WaitUntilStateAsync("following", Recovery);
    });

    [Fact]
    public async Task KilledOwner_IsTakenOverByHand_AndFollowsWhenItReturns() => await StrikeAsync(async (_, others) =>
    {
        await First.KillAsync();
        // Nobody guesses: what the owner may have acknowledged on its fallback is not known here.
        await Task.Delay(TimeSpan.FromSeconds(3));
        await second.WaitUntilStateAsync("following", Recovery);
        Assert.Equal(HttpStatusCode.Accepted, await second.RequestAsync("take-over", "killed-1"));
        await second.WaitUntilStateAsync("primary", Recovery);
        await arena.WaitUntilAcknowledgesAsync(others, Recovery);
        await First.StartAsync();
        await First.WaitUntilStateAsync("following", Recovery);
    });

    [Fact]
    public async Task StoppedOwner_HandsOverByItself_ThereAndBack() => await StrikeAsync(async (own, others) =>
    {
        await First.StopAsync();
        await second.WaitUntilStateAsync("primary", Recovery);
        await arena.WaitUntilAcknowledgesAsync(others, Recovery);
        await First.StartAsync();
        await First.WaitUntilStateAsync("following", Recovery);
        await arena.WaitUntilAcknowledgesAsync(own, Recovery);
        await second.StopAsync();
        await First.WaitUntilStateAsync("primary", Recovery);
        await arena.WaitUntilAcknowledgesAsync(own, Recovery);
        await second.StartAsync();
        await second.WaitUntilStateAsync("following", Recovery);
    });

    /// <summary>Callers call both instances, the fault strikes, and both sides are acknowledged again; then the history is held against PostgreSQL.</summary>
    private async Task StrikeAsync(Func<OracleCallers, OracleCallers, Task> strike)
    {
        using var own = arena.CreateCallers(First, seed: 1);
        using var others = arena.CreateCallers(second, seed: 2);
        await own.RegisterAsync();
        await others.RegisterAsync();
        await own.CallDuringAsync(() => others.CallDuringAsync(StrikeAsync, Recovery), Recovery);
        var verdict = await arena.JudgePrimaryAsync();
        output.WriteLine(verdict.Summary);
        Assert.True(verdict.IsClean, verdict.ToString());

        async Task StrikeAsync()
        {
            await arena.WaitUntilAcknowledgesAsync(own, Recovery);
            await arena.WaitUntilAcknowledgesAsync(others, Recovery);
            var struckAt = arena.History.Now;
            await strike(own, others);
            await arena.WaitUntilAcknowledgesAsync(own, Recovery);
            await arena.WaitUntilAcknowledgesAsync(others, Recovery);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"without an acknowledgement: callers of the first {own.LongestSilenceMs(struckAt):N0} ms, of the second {others.LongestSilenceMs(struckAt):N0} ms"));
        }
    }
}
