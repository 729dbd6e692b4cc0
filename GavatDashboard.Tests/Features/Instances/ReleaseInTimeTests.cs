using System.Diagnostics;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Failover;
using GavatDashboard.Tests.Features.Failover;
using GavatDashboard.Tests.Stores;

namespace GavatDashboard.Tests.Features.Instances;

/// <summary>An owner whose batches on their way cannot end, because PostgreSQL stands still, is asked to give the ledger up.</summary>
public sealed class ReleaseInTimeTests : IAsyncLifetime
{
    private const double OwnersPatienceSeconds = 1.5;
    private TwoInstances both = null!;

    public async Task InitializeAsync() => both = await TwoInstances.StartServersAsync();

    public async Task DisposeAsync() => await both.DisposeAsync();

    /// <summary>The owner looks at PostgreSQL so seldom that nothing but the end of the release itself can open the gate again.</summary>
    [Fact]
    public async Task Owner_ThatCannotGiveUpInTime_SaysSoAndLetsWritesGoOnAtOnce() => await AskWhilePostgresStandsStillAsync(ownerTickSeconds: 60, async (owner, refusal) =>
    {
        Assert.Contains($"The owner '{owner.Name}' lives, and could not give the ledger up in time.", refusal, StringComparison.Ordinal);
        await FailoverApp.UntilAsync(() => owner.Coordinator.Current.Writes == FailoverWrites.Primary, () => owner.Coordinator.Current.ToString(), seconds: 2);
        Assert.Equal((FailoverState.Primary, true), (owner.State, owner.Coordinator.IsOwner));
        both.Postgres.Resume();
        var user = await owner.CreateUserAsync().WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(3, (await owner.DoAsync(Operations.Post(user, "earn_purchase", 3))).Posted().Account.Balance.Value);
        // It was not moved meanwhile, and it is in nobody's way any more.
        Assert.Equal(FailoverState.Primary, owner.State);
    });

    /// <summary>The owner looks as often as ever: it goes to its fallback while PostgreSQL stands still, and comes back.</summary>
    [Fact]
    public async Task Owner_ThatCannotGiveUpInTimeAndFailsOver_KeepsTheLedger() => await AskWhilePostgresStandsStillAsync(ownerTickSeconds: 0.1, async (owner, refusal) =>
    {
        Assert.Contains($"The owner '{owner.Name}' lives, and ", refusal, StringComparison.Ordinal);
        await owner.UntilAsync(FailoverState.Fallback);
        both.Postgres.Resume();
        await owner.UntilReadyAsync();
    });

    private async Task AskWhilePostgresStandsStillAsync(double ownerTickSeconds, Func<InstanceApp, string?, Task> judge)
    {
        await using var owner = both.Create(new Dictionary<string, string>
        {
            ["Failover:TickSeconds"] = FormattableString.Invariant($"{ownerTickSeconds}"),
            ["Failover:SwitchTimeoutSeconds"] = FormattableString.Invariant($"{OwnersPatienceSeconds}"),
        });
        await owner.InitializeAsync();
        await owner.UntilReadyAsync();
        await using var follower = await both.StartAnotherAsync();
        var epoch = owner.Coordinator.Current.Epoch;
        using var own = new LoadWithOracle(owner);
        using var forwarded = new LoadWithOracle(follower);
        await own.StartAsync();
        await forwarded.StartAsync();

        both.Postgres.Suspend();
        var watch = Stopwatch.StartNew();
        var refusal = await follower.Coordinator.AskAsync(FailoverRequestKind.TakeOver, "the first machine is to be replaced");
        var answeredAfter = watch.Elapsed;
        await judge(owner, refusal);
        await own.RunForAsync(TimeSpan.FromSeconds(2));
        await forwarded.RunForAsync(TimeSpan.FromSeconds(2));
        await own.StopAsync();
        await forwarded.StopAsync();

        Assert.True(answeredAfter < TimeSpan.FromSeconds(OwnersPatienceSeconds + 2), $"The answer came after {answeredAfter}.");
        Assert.Equal((FailoverState.Following, owner.Name), (follower.State, follower.Coordinator.Current.Owner));
        Assert.True(owner.Coordinator.Current.Epoch >= epoch && owner.Coordinator.IsOwner, owner.Coordinator.Current.ToString());
        await own.AssertHeldAsync();
        await forwarded.AssertHeldAsync();
        await owner.AssertSameAsync();
    }
}
