using System.Net;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Failover;
using GavatDashboard.Tests.App;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Failover;

/// <summary>Drills that are stopped, that come by themselves, and that must not be held.</summary>
public sealed class DrillTests(DrillTests.App app) : IClassFixture<DrillTests.App>
{
    private readonly ApiCaller _api = new(app.CreateClient());

    private IFailoverControl Control => app.Services.GetRequiredService<IFailoverControl>();

    [Fact]
    public async Task Drill_InFull_TellsHowLongTheWayBackTookAndThatNothingWasLost()
    {
        await ReadyAsync();
        var proof = await ProofOfAsync(await BeginAsync());

        Assert.True(proof.IsClean, proof.ToString());
        Assert.Equal((0L, 2), (proof.Lost, proof.DuplicatesRefused));
        Assert.InRange(proof.RecoveryMs!.Value, 0.1, proof.TookMs);
        Assert.Equal(proof.PrimaryChainHead, proof.FallbackChainHead);
    }

    [Fact]
    public async Task Drill_StoppedOnTheWayBack_LetsTheRecoveryGoOn()
    {
        await ReadyAsync();
        var drill = app.Services.GetRequiredService<FailoverDrill>();
        var recoveries = (await Control.ListProofsAsync(100, CancellationToken.None)).Count(proof => proof.Action == FailoverAction.Recover);
        using (Control.Subscribe(snapshot =>
        {
            if (snapshot.Progress is { Action: FailoverAction.Drill, Step: "recovering", CanAbort: true })
            {
                drill.TryAbort();
            }
        }))
        {
            var proof = await ProofOfAsync(await BeginAsync());
            Assert.Contains("goes on by itself", proof.Outcome, StringComparison.Ordinal);
            Assert.Null(proof.RecoveryMs);
        }

        await ReadyAsync();
        await FailoverApp.UntilAsync(
            () => Control.ListProofsAsync(100, CancellationToken.None).GetAwaiter().GetResult().Count(proof => proof is { Action: FailoverAction.Recover, IsClean: true }) == recoveries + 1,
            () => "the recovery's own proof");
        await app.AssertSameAsync();
    }

    [Fact]
    public async Task Drill_StoppedOnTheFallback_GoesBackAtOnce()
    {
        await ReadyAsync();
        var drill = app.Services.GetRequiredService<FailoverDrill>();
        using (Control.Subscribe(snapshot =>
        {
            if (snapshot.Progress is { Action: FailoverAction.Drill, Step: "failing over" })
            {
                drill.TryAbort();
            }
        }))
        {
            var proof = await ProofOfAsync(await BeginAsync());
            Assert.StartsWith("It was stopped", proof.Outcome, StringComparison.Ordinal);
            Assert.Equal(0, proof.Lost);
        }

        await ReadyAsync();
        await app.AssertSameAsync();
    }

    [Fact]
    public async Task Drill_BySchedule_IsHeldAuditedAndProved_ButNotDuringAnIncident()
    {
        await ReadyAsync();
        var drill = app.Services.GetRequiredService<FailoverDrill>();
        await drill.HoldByScheduleAsync(CancellationToken.None);
        var proof = await NextDrillAsync(before: []);
        Assert.True(proof.IsClean, proof.ToString());
        Assert.Equal(0, proof.Lost);

        var audit = app.Services.GetRequiredService<IAuditLog>();
        var held = await audit.QueryAsync(new AuditFilter(Action: "failover.drill"), 0, 100, CancellationToken.None);
        Assert.Contains(held.Entries, entry => entry.Reason == "By schedule" && entry.Actor == AuditActors.System);

        await AcceptedAsync("pause");
        await AcceptedAsync("simulate-outage");
        await app.UntilAsync(FailoverState.Suspect);
        await drill.HoldByScheduleAsync(CancellationToken.None);
        Assert.Equal(held.Total, (await audit.QueryAsync(new AuditFilter(Action: "failover.drill"), 0, 100, CancellationToken.None)).Total);
        await AcceptedAsync("end-outage");
        await AcceptedAsync("resume");
        await ReadyAsync();
    }

    [Fact]
    public async Task Timer_HoldsADrillWhenItIsDue()
    {
        await using var scheduled = new ScheduledApp();
        await scheduled.InitializeAsync();
        await FailoverApp.UntilAsync(
            () => scheduled.Coordinator.Current.Proofs.Any(proof => proof is { Action: FailoverAction.Drill, IsClean: true }),
            () => scheduled.Coordinator.Current.ToString(),
            seconds: 60);
        Assert.Equal(FailoverState.Primary, scheduled.State);
    }

    private async Task<Guid> BeginAsync()
    {
        var answer = await _api.PostAsync("/failover/drill", """{"reason":"rehearsal of the quarter","scope":"full"}""");
        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        return Guid.Parse(answer.TextOf("actionId")!);
    }

    private async Task<FailoverProof> ProofOfAsync(Guid id)
    {
        FailoverProof? proof = null;
        await FailoverApp.UntilAsync(
            () => (proof = Control.FindProofAsync(id, CancellationToken.None).GetAwaiter().GetResult()) is not null, () => app.Coordinator.Current.ToString());
        return proof!;
    }

    private async Task<FailoverProof> NextDrillAsync(Guid[] before)
    {
        FailoverProof? proof = null;
        await FailoverApp.UntilAsync(
            () => app.Coordinator.Current is { Progress: null, Proofs: [{ Action: FailoverAction.Drill } latest, ..] } && !before.Contains((proof = latest).Id),
            () => app.Coordinator.Current.ToString());
        return proof!;
    }

    private async Task AcceptedAsync(string action) =>
        Assert.Equal(HttpStatusCode.Accepted, (await _api.PostAsync($"/failover/{action}", $$"""{"reason":"test of {{action}}"}""")).Status);

    private async Task ReadyAsync()
    {
        await app.UntilReadyAsync();
        await FailoverApp.UntilAsync(() => app.Coordinator.Current.Progress is null, () => "no drill");
        await FailoverApp.UntilAsync(() => app.Stores.Current.FindUserAsync(SystemAccounts.Canary, CancellationToken.None).GetAwaiter().GetResult() is not null, () => "the canary's account");
    }

    /// <summary>Everything in the process.</summary>
    public sealed class App : FailoverApp;

    /// <summary>With a drill every few seconds.</summary>
    private sealed class ScheduledApp : FailoverApp
    {
        protected override async Task ChangeSettingsAsync(IDictionary<string, string> settings)
        {
            await base.ChangeSettingsAsync(settings);
            settings["Failover:DrillEveryHours"] = "0.001";
            settings["Failover:DrillScope"] = "Full";
        }
    }
}
