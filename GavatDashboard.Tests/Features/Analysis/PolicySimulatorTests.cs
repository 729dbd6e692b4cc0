using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Stores;
using GavatDashboard.Tests.Stores;
using NSubstitute;

namespace GavatDashboard.Tests.Features.Analysis;

/// <summary>The simulation of everybody tells how far it is, and stops when it is asked to.</summary>
public sealed class PolicySimulatorTests(SqliteUnderTest under) : IClassFixture<SqliteUnderTest>
{
    private const int Users = 620;

    [Fact]
    public async Task Simulation_Cancelled_StopsBeforeTheNextUsersAndKeepsWhatCameOfTheOneBefore()
    {
        await FillAsync();
        using var analyzer = new AnalyzerUnderTest(under.Analysis, under.Ledger, Substitute.For<IProfileCache>(), under.Clock);
        var (simulator, other) = (analyzer.Simulator, LedgerPolicy.Default with { Version = 2, SpendPerDay = new(10) });
        var progress = new List<(long Done, long Total)>();
        simulator.Changed += () => progress.Add((simulator.Status.Done, simulator.Status.Total));

        Assert.True(simulator.TryStart(other));
        Assert.False(simulator.TryStart(other));
        await simulator.Ended;
        var first = simulator.Status.Result!;
        Assert.Equal((WorkState.Done, (long)Users), (simulator.Status.State, first.Users));
        Assert.Equal((20L * Users, 10L * Users, (long)Users), (first.Before.Spent, first.After.Spent, first.After.SpendsOverLimit));
        Assert.Equal([0, 500, Users], progress.Where(step => step.Total > 0).Select(step => step.Done).Distinct());

        simulator.Changed += () =>
        {
            if (simulator.Status is { State: WorkState.Running, Done: > 0 })
            {
                simulator.Cancel();
            }
        };
        Assert.True(simulator.TryStart(other));
        await simulator.Ended;

        Assert.Equal((WorkState.Cancelled, 500L), (simulator.Status.State, simulator.Status.Done));
        Assert.Same(first, simulator.Status.Result);
    }

    /// <summary>Everybody spends ten coins twice on one day.</summary>
    private async Task FillAsync()
    {
        foreach (var piece in Enumerable.Range(0, Users).Select(user => $"simulated-{user:D4}").Chunk(100))
        {
            foreach (var step in new Func<string, LedgerOperation>[]
            {
                user => Operations.Create(user), user => Operations.Post(user, "earn_purchase", 50), user => Operations.Post(user, "spend_content", 10), user => Operations.Post(user, "spend_content", 10),
            })
            {
                Assert.DoesNotContain(await under.Ledger.ExecuteAsync([.. piece.Select(step)], CancellationToken.None), result => result is OperationResult.Refused);
            }
        }
    }
}
