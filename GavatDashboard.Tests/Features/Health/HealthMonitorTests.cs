using GavatDashboard.Domain.Health;

namespace GavatDashboard.Tests.Features.Health;

public sealed class HealthMonitorTests
{
    [Fact]
    public async Task Current_BeforeTheFirstSample_IsUnknownForAllSeven()
    {
        await using var harness = new MonitorHarness();

        var snapshot = harness.Monitor.Current;

        Assert.Equal(ComponentIds.All, snapshot.Components.Select(component => component.Id));
        Assert.All(snapshot.Components, component => Assert.Equal(ComponentStatus.Unknown, component.Status));
        Assert.Equal("0/7, 0 %", snapshot.Rollup.Headline);
    }

    [Fact]
    public async Task Execute_AllProbesHealthy_ReadsSevenOfSeven()
    {
        await using var harness = new MonitorHarness([.. ComponentIds.All.Select(ScriptedProbe.AlwaysHealthy)]);

        await harness.Monitor.StartAsync(CancellationToken.None);
        await harness.AdvanceUntilAsync(() => harness.Monitor.Current.Rollup.Healthy == 7);

        var component = harness.Of(ComponentIds.Redis);
        Assert.Equal("7/7, 100 %", harness.Monitor.Current.Rollup.Headline);
        Assert.Equal((1.0, "fine", 100.0), (component.LatencyMs, component.Reason, component.UptimePercent));
        Assert.Equal(component.CheckedAt, component.LastSuccessAt);
        Assert.Empty(harness.Monitor.Current.OpenIncidents);
    }

    [Fact]
    public async Task Execute_NoProbeForAComponent_SaysThatItIsNotConfigured()
    {
        await using var harness = new MonitorHarness(ScriptedProbe.AlwaysHealthy(ComponentIds.PostgreSql));

        await harness.Monitor.StartAsync(CancellationToken.None);
        await harness.AdvanceUntilAsync(() => harness.Of(ComponentIds.Analyzer).CheckedAt is not null);

        Assert.Equal(ComponentStatus.Unknown, harness.Of(ComponentIds.Analyzer).Status);
        Assert.Contains("not configured", harness.Of(ComponentIds.Analyzer).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Execute_ProbesThatHangThrowAndBlock_LeaveTheOthersOnSchedule()
    {
        using var release = new ManualResetEventSlim();
        var never = new TaskCompletionSource<ProbeAnswer>();
        var hangs = new ScriptedProbe(ComponentIds.Redis, (_, _) => never.Task);
        var throws = new ScriptedProbe(ComponentIds.MongoDb, (_, _) => throw new InvalidOperationException("the disk is full"));
        var blocks = new ScriptedProbe(ComponentIds.Sqlite, (_, _) =>
        {
            release.Wait(CancellationToken.None);
            return ScriptedProbe.Healthy;
        });
        var well = ScriptedProbe.AlwaysHealthy(ComponentIds.PostgreSql);
        await using var harness = new MonitorHarness(hangs, throws, blocks, well);

        await harness.Monitor.StartAsync(CancellationToken.None);
        await harness.AdvanceUntilAsync(() => well.Calls >= 5 && throws.Calls >= 5
            && harness.Of(ComponentIds.Redis).Reason.Contains("still waits", StringComparison.Ordinal)
            && harness.Of(ComponentIds.Sqlite).Status == ComponentStatus.Unhealthy);
        release.Set();

        Assert.Equal(ComponentStatus.Healthy, harness.Of(ComponentIds.PostgreSql).Status);
        Assert.Equal((ComponentStatus.Unhealthy, "the disk is full"), (harness.Of(ComponentIds.MongoDb).Status, harness.Of(ComponentIds.MongoDb).Reason));
        Assert.Equal(ComponentStatus.Unhealthy, harness.Of(ComponentIds.Redis).Status);
        // A hanging store is asked once, and not ever more often.
        Assert.Equal(1, hangs.Calls);
    }

    [Fact]
    public async Task Execute_ProbeCancelledAtItsTimeout_SaysThatItDidNotAnswer()
    {
        var slow = new ScriptedProbe(ComponentIds.Redis, async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return await ScriptedProbe.Healthy;
        });
        await using var harness = new MonitorHarness(slow);

        await harness.Monitor.StartAsync(CancellationToken.None);
        await harness.AdvanceUntilAsync(() => harness.Of(ComponentIds.Redis).CheckedAt is not null);

        var component = harness.Of(ComponentIds.Redis);
        Assert.Equal((ComponentStatus.Unhealthy, "It did not answer within 2 s."), (component.Status, component.Reason));
        Assert.Equal(0, component.Latency.Count);
        Assert.Equal(1, component.Latency.Failures);
        await harness.AdvanceUntilAsync(() => slow.Calls >= 3);
    }

    [Fact]
    public async Task Execute_OutageAndReturn_OpensAndClosesAnIncident()
    {
        var probe = new ScriptedProbe(ComponentIds.Redis, (call, _) =>
            call is 2 or 3 ? throw new InvalidOperationException("connection refused") : ScriptedProbe.Healthy);
        await using var harness = new MonitorHarness(probe);

        await harness.Monitor.StartAsync(CancellationToken.None);
        await harness.AdvanceUntilAsync(() => harness.Of(ComponentIds.Redis).Status == ComponentStatus.Unhealthy);
        var open = Assert.Single(harness.Monitor.Current.OpenIncidents, incident => incident.ComponentId == ComponentIds.Redis);
        await harness.AdvanceUntilAsync(() => harness.Of(ComponentIds.Redis).Status == ComponentStatus.Healthy);

        var closed = Assert.Single(harness.Monitor.ListIncidents(ComponentIds.Redis, 10));
        Assert.Equal((open.Id, "connection refused"), (closed.Id, closed.Cause));
        Assert.False(closed.IsOpen);
        Assert.Equal(50.0, harness.Of(ComponentIds.Redis).UptimePercent);
        Assert.Equal(2, harness.Monitor.ReadLatency(ComponentIds.Redis, LatencyRange.Minutes15).Stats.Failures);
    }

    [Theory]
    [InlineData(ComponentStatus.Degraded)]
    [InlineData(ComponentStatus.Unknown)]
    public async Task Execute_ComponentThatStarts_IsNoIncidentUnlessItTakesTooLong(ComponentStatus status)
    {
        var probe = new ScriptedProbe(ComponentIds.MongoDb, (_, _) => Task.FromResult(new ProbeAnswer(status, "not ready yet")));
        await using var harness = new MonitorHarness(probe);
        await harness.Monitor.StartAsync(CancellationToken.None);
        await harness.AdvanceUntilAsync(() => probe.Calls >= 3);
        Assert.DoesNotContain(harness.Monitor.Current.OpenIncidents, incident => incident.ComponentId == ComponentIds.MongoDb);

        await harness.AdvanceUntilAsync(() => probe.Calls >= 9);

        Assert.Single(harness.Monitor.Current.OpenIncidents, incident => incident.ComponentId == ComponentIds.MongoDb);
    }

    [Fact]
    public async Task Current_NoSamplesForLong_TurnsUnknown()
    {
        await using var harness = new MonitorHarness(ScriptedProbe.AlwaysHealthy(ComponentIds.Redis));
        await harness.Monitor.StartAsync(CancellationToken.None);
        await harness.AdvanceUntilAsync(() => harness.Of(ComponentIds.Redis).Status == ComponentStatus.Healthy);
        await harness.Monitor.StopAsync(CancellationToken.None);

        harness.Time.Advance(TimeSpan.FromSeconds(18));

        Assert.Equal(ComponentStatus.Unknown, harness.Of(ComponentIds.Redis).Status);
        Assert.StartsWith("No sample for", harness.Of(ComponentIds.Redis).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subscribe_FailingSubscriber_DisturbsNeitherTheMonitorNorTheOthers()
    {
        var probe = ScriptedProbe.AlwaysHealthy(ComponentIds.Redis);
        await using var harness = new MonitorHarness(probe);
        var heard = 0;
        using var failing = harness.Monitor.Subscribe(_ => throw new InvalidOperationException("a page broke"));
        using var listening = harness.Monitor.Subscribe(_ => Interlocked.Increment(ref heard));

        await harness.Monitor.StartAsync(CancellationToken.None);
        await harness.AdvanceUntilAsync(() => probe.Calls >= 3);

        Assert.True(Volatile.Read(ref heard) >= 3);
    }

    [Fact]
    public async Task Subscribe_Disposed_HearsNothingMore()
    {
        var probe = ScriptedProbe.AlwaysHealthy(ComponentIds.Redis);
        await using var harness = new MonitorHarness(probe);
        var heard = 0;
        harness.Monitor.Subscribe(_ => Interlocked.Increment(ref heard)).Dispose();

        await harness.Monitor.StartAsync(CancellationToken.None);
        await harness.AdvanceUntilAsync(() => probe.Calls >= 2);

        Assert.Equal(0, heard);
    }
}
