using GavatDashboard.Tests.Faults.Harness;

namespace GavatDashboard.Tests.Faults;

/// <summary>Every fault of a process or a network once, for a moment, under load.</summary>
[Trait("Category", "Fault")]
public sealed class StoreFaultTests(StoreFaultTests.RunningArena running) : IClassFixture<StoreFaultTests.RunningArena>
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Faults => [.. Fault.All.Select(fault => fault.Name)];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Fault_UnderLoad_LosesNothingAndHealsByItself(string name)
    {
        var (verdict, _) = await running.Arena.StrikeAsync(running.Callers, Fault.Named(name), Moment, Recovery);

        Assert.True(verdict.IsClean, verdict.ToString());
        await running.Arena.WaitUntilFollowingAsync(Recovery);
    }

    [Theory]
    [InlineData("requests to postgresql lost")]
    [InlineData("answers of postgresql lost")]
    [InlineData("postgresql unreachable")]
    public async Task Network_LostForLongerThanAFailoverTakes_IsFailedOverWithinFourSeconds(string name)
    {
        var (verdict, silenceMs) = await running.Arena.StrikeAsync(running.Callers, Fault.Named(name), TimeSpan.FromSeconds(7), Recovery);

        Assert.True(verdict.IsClean, verdict.ToString());
        Assert.True(silenceMs < 4_000, $"No acknowledgement for {silenceMs:N0} ms.");
        await running.Arena.WaitUntilFollowingAsync(Recovery);
    }

    /// <summary>One running application for all of them: a fault must leave nothing behind that the next one would suffer from.</summary>
    public sealed class RunningArena : IAsyncLifetime
    {
        internal FaultArena Arena { get; private set; } = null!;

        internal OracleCallers Callers { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Arena = await FaultArena.StartAsync(withMongo: true);
            Callers = await Arena.StartCallersAsync(Random.Shared.Next(1_000_000), callers: 6, pauseMs: 5, Recovery);
        }

        public async Task DisposeAsync()
        {
            Callers.Dispose();
            await Arena.SettleAndJudgeAsync(Recovery);
            await Arena.DisposeAsync();
        }
    }
}
