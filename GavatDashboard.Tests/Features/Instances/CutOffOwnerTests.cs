using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Failover;
using GavatDashboard.Tests.Faults.Harness;
using GavatDashboard.Tests.Stores;
using Npgsql;

namespace GavatDashboard.Tests.Features.Instances;

/// <summary>
/// The owner loses PostgreSQL alone, goes on in its fallback, and cannot be asked when its ledger is taken by hand: what it acknowledged meanwhile
/// stays in its file, and it says so for as long as it is there.
/// </summary>
public sealed class CutOffOwnerTests
{
    [Fact]
    public async Task OwnerCutOffFromPostgres_TakenOverUnasked_IsFencedAndKeepsAndNamesWhatItHolds()
    {
        await using var both = await TwoInstances.StartServersAsync();
        await using var network = new FaultProxy(both.Postgres.Port);
        await using var owner = both.Create(new Dictionary<string, string>
        {
            ["ConnectionStrings:PostgreSql"] = new NpgsqlConnectionStringBuilder(both.Database) { Port = network.Port }.ConnectionString,
            ["Instance:Address"] = "http://127.0.0.1:1",
        });
        await owner.InitializeAsync();
        await owner.UntilReadyAsync();
        await using var other = both.Create(null);
        await other.InitializeAsync();
        await other.UntilAsync(FailoverState.Following);
        var user = await owner.CreateUserAsync();
        await owner.DoAsync(Operations.Post(user, "earn_purchase", 10));

        network.Fault = NetworkFault.BlackHole;
        await owner.UntilAsync(FailoverState.Fallback);
        await owner.DoAsync(Operations.Post(user, "earn_purchase", 5));
        Assert.Null(await other.Coordinator.AskAsync(FailoverRequestKind.TakeOver, "the first machine is cut off"));
        await other.UntilReadyAsync();
        Assert.Equal(12, (await other.DoAsync(Operations.Post(user, "earn_purchase", 2))).Posted().Account.Balance.Value);
        network.Fault = NetworkFault.None;
        network.Reset();

        await owner.UntilAsync(FailoverState.Fenced);
        await AssertHoldsAsync(owner, user);
        await owner.RestartAsync();
        await owner.UntilAsync(FailoverState.Fenced);
        await AssertHoldsAsync(owner, user);
        await other.AssertSameAsync();
    }

    private static async Task AssertHoldsAsync(InstanceApp fenced, string user)
    {
        Assert.Equal(FailoverWrites.Refused, fenced.Coordinator.Current.Writes);
        Assert.True(fenced.Coordinator.Current.Backlog.Operations > 0, "It does not say that it holds anything.");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => fenced.DoAsync(Operations.Post(user, "earn_purchase", 1)));
        Assert.Contains("acknowledged operations that the primary lacks", await fenced.Coordinator.AskAsync(FailoverRequestKind.TakeOver, "impatience"), StringComparison.Ordinal);
        Assert.Equal(15, (await fenced.Stores.Fallback.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);
    }
}
