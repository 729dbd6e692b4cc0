using System.Net;
using GavatDashboard.Features.Coins;
using GavatDashboard.Tests.Faults.Harness;
using Xunit.Abstractions;

namespace GavatDashboard.Tests.Faults;

/// <summary>
/// An instance dies under load while it claims the ledger: before PostgreSQL names it, after that and before its own file says so, and after that
/// and before it serves. Then it returns, or the other one does.
/// </summary>
[Trait("Category", "Fault")]
public sealed class ClaimKillTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);
    private FaultArena arena = null!;
    private AppProcess second = null!;

    /// <summary>Where it dies.</summary>
    public static TheoryData<string, bool> Steps => new() { { LedgerTracing.Reign, true }, { LedgerTracing.Reign, false }, { LedgerTracing.Yield, false } };

    private AppProcess First => arena.App;

    public async Task InitializeAsync()
    {
        arena = await FaultArena.StartAsync(isDurable: true, settings: new Dictionary<string, string> { ["Instance__SilentAfterSeconds"] = "2" });
        second = arena.CreateInstance("second");
        await First.StartAsync();
        await First.WaitUntilStateAsync("primary", Recovery);
    }

    public async Task DisposeAsync()
    {
        await second.DisposeAsync();
        await arena.DisposeAsync();
    }

    /// <summary>The ledger was given up in order, so it is for whoever comes first, until PostgreSQL names the one that dies.</summary>
    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Kill_WhileItClaimsWhatWasGivenUp_IsFollowedByItselfOrByTheOther(string step, bool atStart) => await UnderLoadAsync(async () =>
    {
        await second.StartAsync(new KillPoint(step, 1, atStart));
        await second.WaitUntilStateAsync("following", Recovery);
        await First.StopAsync();
        await second.WaitForEndAsync(Recovery);
        await second.StartAsync();
        await second.WaitUntilStateAsync("primary", Recovery);
        await First.StartAsync();
        await First.WaitUntilStateAsync("following", Recovery);
        await second.StopAsync();
        await First.WaitUntilStateAsync("primary", Recovery);

        await second.StartAsync(new KillPoint(step, 1, atStart));
        await second.WaitUntilStateAsync("following", Recovery);
        await First.StopAsync();
        await second.WaitForEndAsync(Recovery);
        await First.StartAsync();
        if (!atStart)
        {
            // PostgreSQL names the one that died, and what it may have done since is for a person to judge.
            await First.WaitUntilStateAsync("following", Recovery);
            Assert.Equal(HttpStatusCode.Accepted, await First.RequestAsync("take-over", "claim-1"));
        }

        await First.WaitUntilStateAsync("primary", Recovery);
        await second.StartAsync();
        await second.WaitUntilStateAsync("following", Recovery);
    });

    /// <summary>The owner died, and the one that takes the ledger by hand dies as well: whatever it had begun is asked for again, or is done.</summary>
    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Kill_WhileItTakesOverByHand_IsTakenAgainOrHasIt(string step, bool atStart) => await UnderLoadAsync(async () =>
    {
        await second.StartAsync(new KillPoint(step, 1, atStart));
        await second.WaitUntilStateAsync("following", Recovery);
        await First.KillAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => second.RequestAsync("take-over", "hand-1"));
        await second.WaitForEndAsync(Recovery);
        await second.StartAsync();
        if (atStart)
        {
            await second.WaitUntilStateAsync("following", Recovery);
            Assert.Equal(HttpStatusCode.Accepted, await second.RequestAsync("take-over", "hand-2"));
        }

        await second.WaitUntilStateAsync("primary", Recovery);
        await First.StartAsync();
        await First.WaitUntilStateAsync("following", Recovery);
    });

    /// <summary>Callers call both instances, whichever lives; at the end both are acknowledged, and the history is held against PostgreSQL.</summary>
    private async Task UnderLoadAsync(Func<Task> strike)
    {
        await First.WaitUntilReadyAsync(Recovery);
        using var own = arena.CreateCallers(First, seed: 1);
        using var others = arena.CreateCallers(second, seed: 2);
        await own.RegisterAsync();
        using (var through = arena.CreateCallers(First, seed: 2))
        {
            await through.RegisterAsync();
        }

        using var stop = new CancellationTokenSource();
        var calling = Task.WhenAll(own.RunAsync(stop.Token), others.RunAsync(stop.Token));
        try
        {
            await arena.WaitUntilAcknowledgesAsync(own, Recovery);
            await strike();
            await arena.WaitUntilAcknowledgesAsync(own, Recovery);
            await arena.WaitUntilAcknowledgesAsync(others, Recovery);
        }
        finally
        {
            await stop.CancelAsync();
            await calling;
        }

        await own.ResolveAsync(Recovery, CancellationToken.None);
        await others.ResolveAsync(Recovery, CancellationToken.None);
        var verdict = await arena.JudgePrimaryAsync();
        output.WriteLine(verdict.Summary);
        Assert.True(verdict.IsClean, verdict.ToString());
        Assert.True(verdict.Acknowledged > 40, $"{verdict.Summary}: that proves nothing.");
    }
}
