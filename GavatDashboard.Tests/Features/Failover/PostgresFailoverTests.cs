using GavatDashboard.Domain.Failover;
using GavatDashboard.Tests.Stores;

namespace GavatDashboard.Tests.Features.Failover;

/// <summary>What callers, both ledgers and the coordinator do while a real PostgreSQL dies, freezes and comes back.</summary>
public sealed class PostgresFailoverTests(PostgresFailoverApp app) : IClassFixture<PostgresFailoverApp>
{
    [Theory]
    [InlineData("kill")]
    [InlineData("freeze")]
    [InlineData("stop")]
    public async Task Outage_UnderLoad_LosesNothingDoesNothingTwiceAndReturnsByItself(string fault)
    {
        await app.UntilReadyAsync();
        var epoch = app.Coordinator.Current.Epoch;
        using var load = new LoadWithOracle(app);
        await load.StartAsync();

        await BreakAsync(fault);
        await app.UntilAsync(FailoverState.Fallback);
        await load.RunForAsync(TimeSpan.FromSeconds(1));
        Assert.Same(app.Stores.Fallback, app.Stores.Current);
        await MendAsync(fault);
        await app.UntilAsync(FailoverState.Primary);
        await load.RunForAsync(TimeSpan.FromSeconds(0.5));
        await load.StopAsync();

        await load.AssertHeldAsync();
        await app.AssertSameAsync();
        Assert.Same(app.Stores.Primary, app.Stores.Current);
        Assert.Equal(epoch + 2, app.Coordinator.Current.Epoch);
        var proofs = app.Coordinator.Current.Proofs;
        Assert.Equal([FailoverAction.Recover, FailoverAction.FailOver], proofs.Take(2).Select(proof => proof.Action));
        Assert.All(proofs.Take(2), proof => Assert.True(proof.IsClean, proof.ToString()));
        Assert.True(proofs[0].Replayed > 0);
        Assert.InRange(proofs[1].OutOfServiceMs, 0, 8_000);
        Console.WriteLine($"{fault}: out of service {proofs[1].OutOfServiceMs:0} ms, frozen {proofs[0].OutOfServiceMs:0} ms, replayed {proofs[0].Replayed} in {proofs[0].TookMs:0} ms");
    }

    [Fact]
    public async Task Restart_InFallbackWithoutPostgres_ServesFromTheFallbackAndRecovers()
    {
        await app.UntilReadyAsync();
        var user = await app.CreateUserAsync();
        await app.DoAsync(Operations.Post(user, "earn_bonus", 50));
        await app.Server.KillAsync();
        var earned = Operations.Post(user, "earn_bonus", 7);
        var first = (await app.DoAsync(earned)).Posted();
        // The gate opens before the state is shown.
        await app.UntilAsync(FailoverState.Fallback);

        await app.RestartAsync();

        Assert.Equal(FailoverState.Fallback, app.State);
        var again = (await app.DoAsync(earned)).Posted();
        Assert.True(again.Replayed);
        Assert.Equal(first.Entry.Id, again.Entry.Id);
        Assert.Equal(60, (await app.DoAsync(Operations.Post(user, "earn_bonus", 3))).Posted().Account.Balance.Value);
        await app.Server.RestartAsync();
        await app.UntilReadyAsync();
        Assert.Equal(60, (await app.Stores.Primary.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);
        Assert.True((await app.DoAsync(earned)).Posted().Replayed);
        await app.AssertSameAsync();
    }

    private Task BreakAsync(string fault)
    {
        switch (fault)
        {
            case "kill":
                return app.Server.KillAsync();
            case "stop":
                return app.Server.StopAsync();
            default:
                app.Server.Suspend();
                return Task.CompletedTask;
        }
    }

    private Task MendAsync(string fault)
    {
        if (fault != "freeze")
        {
            return app.Server.RestartAsync();
        }

        app.Server.Resume();
        return Task.CompletedTask;
    }
}
