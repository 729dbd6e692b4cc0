using System.Diagnostics;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Failover;
using GavatDashboard.Stores;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Servers;
using GavatDashboard.Tests.Stores;
using GavatDashboard.Tests.Stores.Mirror;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Failover;

/// <summary>The whole application with thresholds that suit a test.</summary>
public abstract class FailoverApp : AppFixture
{
    internal FailoverCoordinator Coordinator => Services.GetRequiredService<FailoverCoordinator>();

    internal ILedgerWriter Writer => Services.GetRequiredService<ILedgerWriter>();

    internal LedgerStores Stores => Services.GetRequiredService<LedgerStores>();

    public FailoverState State => Coordinator.Current.State;

    /// <summary>Waits until something holds.</summary>
    internal static async Task UntilAsync(Func<bool> holds, Func<string> describe, double seconds = 30)
    {
        var watch = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(seconds), $"It did not come about: {describe()}");
            await Task.Delay(10);
        }
    }

    /// <summary>Waits until a state is reached.</summary>
    internal Task UntilAsync(FailoverState state, double seconds = 30) => UntilAsync(
        () => State == state, () => $"{state}; it is {State}, because {Coordinator.Current.Reason}\n{string.Join('\n', Coordinator.Current.Journal)}", seconds);

    /// <summary>Waits until the primary takes the writes and the fallback follows.</summary>
    internal async Task UntilReadyAsync()
    {
        await UntilAsync(FailoverState.Primary);
        await UntilAsync(() => Coordinator.Current is { Writes: FailoverWrites.Primary, Mirror.State: "following" }, () => Coordinator.Current.ToString());
    }

    internal async Task<OperationResult> DoAsync(LedgerOperation operation) => await Writer.WriteAsync(operation, CancellationToken.None);

    internal async Task<string> CreateUserAsync()
    {
        var user = $"user-{Guid.NewGuid():N}";
        Assert.IsType<OperationResult.UserCreated>(await DoAsync(Operations.Create(user)));
        return user;
    }

    /// <summary>Both ledgers hold the same, to the last column; the health monitor's canary may write between two looks.</summary>
    internal async Task AssertSameAsync()
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var (theirs, ours) = (await LedgerDump.ReadAsync(Stores.PrimaryStorage), await LedgerDump.ReadAsync(Stores.FallbackStorage));
            if (theirs == ours)
            {
                return;
            }

            if (watch.Elapsed > TimeSpan.FromSeconds(10))
            {
                Assert.Equal(theirs, ours);
            }
        }
    }

    protected override Task ChangeSettingsAsync(IDictionary<string, string> settings)
    {
        foreach (var (key, value) in new Dictionary<string, string>
        {
            ["TickSeconds"] = "0.1", ["FallbackTickSeconds"] = "0.1", ["ProbeTimeoutSeconds"] = "0.75", ["HoldSeconds"] = "20",
            ["SuspectSeconds"] = "0.4", ["ProbesToRecover"] = "3", ["GoodSeconds"] = "0.3", ["MinimumStaySeconds"] = "0.3", ["LongestStaySeconds"] = "1.2",
            ["SwitchTimeoutSeconds"] = "10", ["StepTimeoutSeconds"] = "20",
        })
        {
            settings[$"Failover:{key}"] = value;
        }

        settings["LedgerWriter:BatchTimeoutSeconds"] = "30";
        return Task.CompletedTask;
    }
}

/// <summary>The application on a PostgreSQL server of its own, which a test may kill or freeze.</summary>
public class PostgresFailoverApp : FailoverApp
{
    public PostgresServer Server { get; private set; } = null!;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await Server.DisposeAsync();
    }

    protected override async Task ChangeSettingsAsync(IDictionary<string, string> settings)
    {
        await base.ChangeSettingsAsync(settings);
        Server = await PostgresServer.StartAsync();
        settings["Stores:Mode"] = "external";
        settings["ConnectionStrings:PostgreSql"] = (await Server.CreateDatabaseAsync()).ConnectionString;
    }
}
