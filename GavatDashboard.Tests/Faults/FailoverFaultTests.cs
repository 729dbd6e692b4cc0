using System.Globalization;
using System.Net;
using GavatDashboard.Features.Coins;
using GavatDashboard.Tests.Faults.Harness;
using GavatDashboard.Tests.Servers;
using Npgsql;
using Xunit.Abstractions;

namespace GavatDashboard.Tests.Faults;

/// <summary>PostgreSQL is gone for longer than writes can wait, in the ways that are hardest to come back from.</summary>
[Trait("Category", "Fault")]
public sealed class FailoverFaultTests(FailoverFaultTests.RunningArena running, ITestOutputHelper output) : IClassFixture<FailoverFaultTests.RunningArena>
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(90);

    private FaultArena Arena => running.Arena;

    private OracleCallers Callers => running.Callers;

    [Fact]
    public async Task Postgres_KilledUnderLoad_IsReplacedWithinSecondsAndTakenBack()
    {
        double switchedAt = 0;
        var (verdict, failoverMs) = await StrikeAsync(async () =>
        {
            await Arena.Postgres.KillAsync();
            await Arena.App.WaitUntilStateAsync("fallback", Recovery);
            await Arena.WaitUntilAcknowledgesAsync(Callers, Recovery);
            switchedAt = Arena.History.Now;
            await Arena.Postgres.RestartAsync();
            await Arena.App.WaitUntilStateAsync("primary", Recovery);
            await Arena.WaitUntilAcknowledgesAsync(Callers, Recovery);
        });

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"failover {failoverMs:N0} ms, switch-back {Callers.LongestSilenceMs(switchedAt):N0} ms"));
        Assert.True(verdict.IsClean, verdict.ToString());
        await AssertProofsTellNoLossAsync();
    }

    [Fact]
    public async Task Postgres_KilledAgainDuringTheReplay_IsReplayedOnceAllTheSame()
    {
        var (verdict, _) = await StrikeAsync(async () =>
        {
            await Arena.Postgres.KillAsync();
            await Arena.App.WaitUntilStateAsync("fallback", Recovery);
            await Arena.WaitUntilAcknowledgesAsync(Callers, Recovery);
            for (var time = 0; time < 2; time++)
            {
                // The replay is made slow enough to be caught in the middle.
                Arena.PostgresNetwork.Latency = TimeSpan.FromMilliseconds(40);
                await Arena.Postgres.RestartAsync();
                await Arena.App.WaitUntilStateAsync("recovering", Recovery);
                await Task.Delay(100);
                await Arena.Postgres.KillAsync();
                Arena.PostgresNetwork.Latency = TimeSpan.Zero;
                await Arena.WaitUntilAcknowledgesAsync(Callers, Recovery);
            }

            await Arena.Postgres.RestartAsync();
            await Arena.App.WaitUntilStateAsync("primary", Recovery);
        });

        Assert.True(verdict.IsClean, verdict.ToString());
        await AssertProofsTellNoLossAsync();
    }

    [Fact]
    public async Task Backend_ThatStoodStillDuringTheFailover_WritesNothingWhenItComesBack()
    {
        var (verdict, _) = await StrikeAsync(async () =>
        {
            // The network goes, and what was sent before stays in a backend that stands still until the fallback has long taken over.
            var backends = await ReadBackendsAsync();
            backends.ForEach(backend => NativeSignals.Send(backend, ServerSignal.Stop));
            Arena.PostgresNetwork.Fault = NetworkFault.BlackHole;
            await Arena.App.WaitUntilStateAsync("fallback", Recovery);
            await Arena.WaitUntilAcknowledgesAsync(Callers, Recovery);
            backends.ForEach(backend => NativeSignals.Send(backend, ServerSignal.Continue));
            await Task.Delay(300);
            Arena.PostgresNetwork.Fault = NetworkFault.None;
            await Arena.App.WaitUntilStateAsync("primary", Recovery);
        });

        Assert.True(verdict.IsClean, verdict.ToString());
        await AssertProofsTellNoLossAsync();
    }

    [Fact]
    public async Task ManualFailover_ClickedTwiceUnderLoad_HappensOnce()
    {
        var (verdict, silenceMs) = await StrikeAsync(async () =>
        {
            var before = await EpochAsync();
            var key = $"click-{Guid.NewGuid():N}";
            var answers = await Task.WhenAll(Arena.App.RequestAsync("fail-over", key), Arena.App.RequestAsync("fail-over", key));
            Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Accepted, answer));
            await Arena.App.WaitUntilStateAsync("fallback", Recovery);
            await Arena.WaitUntilAcknowledgesAsync(Callers, Recovery);
            Assert.Equal(before + 1, await EpochAsync());

            key = $"click-{Guid.NewGuid():N}";
            await Task.WhenAll(Arena.App.RequestAsync("recover", key), Arena.App.RequestAsync("recover", key));
            await Arena.App.WaitUntilStateAsync("primary", Recovery);
            Assert.Equal(before + 2, await EpochAsync());
        });

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"no acknowledgement for {silenceMs:N0} ms at most"));
        Assert.True(verdict.IsClean, verdict.ToString());
        await AssertProofsTellNoLossAsync();
    }

    [Theory]
    [InlineData(LedgerTracing.Intent)]
    [InlineData(LedgerTracing.Ahead)]
    [InlineData(LedgerTracing.Prepare)]
    [InlineData(LedgerTracing.Follow)]
    [InlineData(LedgerTracing.Commit)]
    [InlineData(LedgerTracing.Mirror)]
    [InlineData(LedgerTracing.Cache)]
    public async Task AppAndPostgres_KilledTogether_LeaveEverythingAcknowledgedInTheFallback(string step)
    {
        await Arena.App.StopAsync();
        await Arena.App.StartAsync(new KillPoint(step, Random.Shared.Next(5, 30)));
        using (var stop = new CancellationTokenSource())
        {
            var calling = Callers.RunAsync(stop.Token);
            await Arena.App.WaitForEndAsync(Recovery);
            await Arena.Postgres.KillAsync();
            await stop.CancelAsync();
            await calling;
        }

        // PostgreSQL stays away: what was acknowledged has to be in the fallback alone.
        await Arena.App.StartAsync();
        await Arena.App.WaitUntilStateAsync("fallback", Recovery);
        await Callers.ResolveAsync(Recovery, CancellationToken.None);
        var inFallback = await Arena.JudgeFallbackAsync();
        Assert.True(inFallback.IsClean, inFallback.ToString());

        await Arena.Postgres.RestartAsync();
        await Arena.App.WaitUntilStateAsync("primary", Recovery);
        var inPrimary = await Arena.JudgePrimaryAsync();
        Assert.True(inPrimary.IsClean, inPrimary.ToString());
        await AssertProofsTellNoLossAsync();
    }

    private Task<(Verdict Verdict, double SilenceMs)> StrikeAsync(Func<Task> strike) =>
        Arena.StrikeAsync(Callers, new Fault("named by the test", (_, _) => strike()), TimeSpan.Zero, Recovery);

    private async Task<long> EpochAsync() => (await Arena.App.ReadFailoverAsync())!.Value.GetProperty("epoch").GetInt64();

    private async Task AssertProofsTellNoLossAsync()
    {
        var proofs = (await Arena.App.ReadFailoverAsync())!.Value.GetProperty("proofs");
        Assert.All(proofs.EnumerateArray(), proof => Assert.Equal(0, proof.GetProperty("lost").GetInt64()));
    }

    private async Task<List<int>> ReadBackendsAsync()
    {
        await using var connection = new NpgsqlConnection(Arena.PostgresConnection + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'GavatDashboard%'", connection);
        await using var reader = await command.ExecuteReaderAsync();
        List<int> backends = [];
        while (await reader.ReadAsync())
        {
            backends.Add(reader.GetInt32(0));
        }

        return backends;
    }

    /// <summary>One running application for all of them, that comes back to PostgreSQL each time.</summary>
    public sealed class RunningArena : IAsyncLifetime
    {
        internal FaultArena Arena { get; private set; } = null!;

        internal OracleCallers Callers { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Arena = await FaultArena.StartAsync();
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
