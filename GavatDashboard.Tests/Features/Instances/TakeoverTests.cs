using System.Diagnostics;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Failover;
using GavatDashboard.Stores.Failover;
using GavatDashboard.Tests.Features.Failover;
using GavatDashboard.Tests.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Instances;

/// <summary>The ledger goes from one instance to the other: given up in order, or taken by hand.</summary>
public sealed class TakeoverTests : IAsyncLifetime
{
    private TwoInstances both = null!;

    public async Task InitializeAsync() => both = await TwoInstances.StartAsync();

    public async Task DisposeAsync() => await both.DisposeAsync();

    [Fact]
    public async Task OwnerStoppedInOrder_UnderLoad_IsFollowedByTheOtherAtOnceAndFollowsWhenItReturns()
    {
        var epoch = both.First.Coordinator.Current.Epoch;
        using var load = new LoadWithOracle(both.Second);
        await load.StartAsync();

        await both.First.StopAsync();
        await both.Second.UntilReadyAsync();
        await load.RunForAsync(TimeSpan.FromSeconds(1));
        both.First.StartAgain();
        await both.UntilFollowsAsync(both.First);
        await load.RunForAsync(TimeSpan.FromSeconds(0.5));
        await load.StopAsync();

        await load.AssertHeldAsync();
        Assert.Equal(epoch + 1, both.Second.Coordinator.Current.Epoch);
        Assert.Equal(both.Second.Name, both.First.Coordinator.Current.Owner);
        await both.Second.AssertSameAsync();

        // And back again: the one that returned holds nothing old.
        await both.Second.StopAsync();
        await both.First.UntilReadyAsync();
        await both.First.AssertSameAsync();
        both.Second.StartAgain();
        await both.UntilFollowsAsync(both.Second);
    }

    [Fact]
    public async Task OwnerStoppedAndStartedAlone_GoesOnWhereItWas()
    {
        await both.Second.StopAsync();
        var epoch = both.First.Coordinator.Current.Epoch;

        await both.First.RestartAsync();

        // Nobody wrote in between: it is the same reign, and the fallback holds everything without a copy.
        Assert.Equal((FailoverState.Primary, epoch, "following"), (both.First.State, both.First.Coordinator.Current.Epoch, both.First.Coordinator.Current.Mirror.State));
        both.Second.StartAgain();
        await both.UntilFollowsAsync(both.Second);
    }

    [Fact]
    public async Task GivenUpInstance_ThatReturnsWhilePostgresIsAway_TakesNoWritesOnItsOwn()
    {
        var user = await both.First.CreateUserAsync();
        await both.First.StopAsync();
        await both.Second.UntilReadyAsync();
        await both.Postgres.KillAsync();
        await both.Second.UntilAsync(FailoverState.Fallback);

        both.First.StartAgain();

        // It cannot know who owns the ledger by now, so it must not guess.
        await Task.Delay(TimeSpan.FromSeconds(2));
        Assert.Equal(FailoverState.Following, both.First.State);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => both.First.DoAsync(Operations.Post(user, "earn_purchase", 1)));
        Assert.Equal(1, (await both.Second.DoAsync(Operations.Post(user, "earn_purchase", 1))).Posted().Account.Balance.Value);
        await both.Postgres.RestartAsync();
        await both.Second.UntilReadyAsync();
        await both.UntilFollowsAsync(both.First);
        Assert.Equal(3, (await both.First.DoAsync(Operations.Post(user, "earn_purchase", 2))).Posted().Account.Balance.Value);
    }

    [Fact]
    public async Task TakeOver_ByHandUnderLoadOnTheOwner_IsHandedOverInOrderAndItsCallersAreForwarded()
    {
        using var load = new LoadWithOracle(both.First);
        await load.StartAsync();

        Assert.Null(await both.Second.Coordinator.AskAsync(FailoverRequestKind.TakeOver, "the first machine is to be replaced"));
        await both.Second.UntilReadyAsync();
        await both.UntilFollowsAsync(both.First);
        await load.RunForAsync(TimeSpan.FromSeconds(1));
        await load.StopAsync();

        await load.AssertHeldAsync();
        await both.Second.AssertSameAsync();
        Assert.Contains(both.First.Coordinator.Current.Journal, change => change.Reason == $"The ledger was handed over to '{both.Second.Name}', by hand.");
        Assert.Equal("The ledger is this instance's own.", await both.Second.Coordinator.AskAsync(FailoverRequestKind.TakeOver, "once more"));
    }

    [Fact]
    public async Task TakeOver_AndAWriteBeforeItIsClaimed_IsWrittenOnceItIs()
    {
        // It claims what it took with its next look at the primary; until then there is nobody to forward to.
        await using var slow = await both.StartAnotherAsync(new Dictionary<string, string> { ["Failover:TickSeconds"] = "1" });
        var user = await both.First.CreateUserAsync();
        // A third one might take it first, once it was given up.
        await both.Second.StopAsync();

        Assert.Null(await slow.Coordinator.AskAsync(FailoverRequestKind.TakeOver, "the first machine is to be replaced"));
        var watch = Stopwatch.StartNew();
        var answer = await slow.DoAsync(Operations.Post(user, "earn_purchase", 3));

        Assert.Equal(3, answer.Posted().Account.Balance.Value);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"It waited for {watch.Elapsed}, as if for an owner of before.");
    }

    [Fact]
    public async Task TakeOver_AskedBeforeTheFollowerHearsThatTheOwnerMoved_AsksItAndIsRefused()
    {
        // It hears the owner once a beat: what it last heard is that the owner writes to the primary.
        await using var deaf = await both.StartAnotherAsync(new Dictionary<string, string> { ["Instance:BeatSeconds"] = "4" });
        var user = await both.First.CreateUserAsync();
        await both.First.Coordinator.AskAsync(FailoverRequestKind.FailOver, "maintenance");
        await both.First.UntilAsync(FailoverState.Fallback);

        var beforeAnyWrite = await deaf.Coordinator.AskAsync(FailoverRequestKind.TakeOver, "impatience");
        await both.First.DoAsync(Operations.Post(user, "earn_purchase", 10));
        var foreseen = await deaf.Coordinator.FindRefusalAsync(FailoverRequestKind.TakeOver);
        var asked = await deaf.Coordinator.AskAsync(FailoverRequestKind.TakeOver, "impatience");

        Assert.Contains("does not write to the primary now", beforeAnyWrite, StringComparison.Ordinal);
        Assert.Contains("acknowledged operations", foreseen, StringComparison.Ordinal);
        Assert.Contains("acknowledged operations", asked, StringComparison.Ordinal);
        Assert.Equal((FailoverState.Fallback, FailoverState.Following), (both.First.State, deaf.State));
    }

    [Fact]
    public async Task OwnerOfThree_StoppedInOrder_IsFollowedByExactlyOne()
    {
        await using var third = await both.StartAnotherAsync();
        var user = await both.First.CreateUserAsync();

        await both.First.StopAsync();

        InstanceApp[] left = [both.Second, third];
        await FailoverApp.UntilAsync(() => left.Any(app => app.State == FailoverState.Primary), () => string.Join(", ", left.Select(app => app.State)));
        var (taker, other) = both.Second.State == FailoverState.Primary ? (both.Second, third) : (third, both.Second);
        await taker.UntilReadyAsync();
        await FailoverApp.UntilAsync(() => other.Coordinator.Current.Owner == taker.Name, () => $"the new owner is heard of: {other.Coordinator.Current}");
        await both.UntilFollowsAsync(other);
        Assert.Equal((FailoverState.Primary, taker.Name), (taker.State, other.Coordinator.Current.Owner));
        Assert.Equal(1, (await taker.DoAsync(Operations.Post(user, "earn_purchase", 1))).Posted().Account.Balance.Value);
        Assert.Equal(3, (await other.DoAsync(Operations.Post(user, "earn_purchase", 2))).Posted().Account.Balance.Value);
        await taker.AssertSameAsync();
    }

    [Fact]
    public async Task HandedOver_AndTakenByNobody_IsTakenAgain()
    {
        await both.Second.StopAsync();
        await both.First.Coordinator.GiveUpAsync("nobody", CancellationToken.None);
        Assert.Equal((FailoverState.Following, string.Empty), (both.First.State, (await both.First.Services.GetRequiredService<IPrimaryControl>().LookAsync(CancellationToken.None)).Owner));

        await both.First.UntilReadyAsync();

        await both.First.CreateUserAsync();
    }
}
