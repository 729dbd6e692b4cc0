using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Failover;
using GavatDashboard.Features.Health;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace GavatDashboard.Tests.Features.Failover;

public sealed class RecoveryLoopTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly ListJournal _journal = new();
    private volatile bool _primaryIsDown;

    [Fact]
    public async Task Execute_PrimaryDiesAndReturns_GoesToSuspectAndBackAndWritesItDown()
    {
        using var loop = Loop();
        await loop.StartAsync(CancellationToken.None);
        await AdvanceUntilAsync(() => loop.Current.State == RecoveryState.Primary && _journal.Entries.Count == 1);

        _primaryIsDown = true;
        await AdvanceUntilAsync(() => loop.Current.State == RecoveryState.Suspect && _journal.Entries.Count == 2);
        var answer = await new AutoRecoveryProbe(loop).ProbeAsync(CancellationToken.None);
        _primaryIsDown = false;
        await AdvanceUntilAsync(() => loop.Current.State == RecoveryState.Primary && _journal.Entries.Count == 3);
        await loop.StopAsync(CancellationToken.None);

        Assert.Equal(ComponentStatus.Degraded, answer.Status);
        Assert.StartsWith("SUSPECT since 12:", answer.Reason, StringComparison.Ordinal);
        Assert.Contains("the power is off", answer.Reason, StringComparison.Ordinal);
        Assert.Contains("does not move coin operations", answer.Reason, StringComparison.Ordinal);
        Assert.Equal(
            [(RecoveryState.Starting, RecoveryState.Primary), (RecoveryState.Primary, RecoveryState.Suspect), (RecoveryState.Suspect, RecoveryState.Primary)],
            _journal.Entries.Select(entry => (entry.From, entry.To)));
    }

    [Fact]
    public async Task Probe_LoopInTime_IsHealthyAndTellsTheJournal()
    {
        using var loop = Loop();
        await loop.StartAsync(CancellationToken.None);
        await AdvanceUntilAsync(() => loop.Current.LastEntry is not null);

        var answer = await new AutoRecoveryProbe(loop).ProbeAsync(CancellationToken.None);
        await loop.StopAsync(CancellationToken.None);

        Assert.Equal(ComponentStatus.Healthy, answer.Status);
        Assert.Equal("PRIMARY", answer.Details!["state"]);
        Assert.Contains("STARTING -> PRIMARY", answer.Details["journal"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probe_LoopStopped_IsUnhealthy()
    {
        using var loop = Loop();
        await loop.StartAsync(CancellationToken.None);
        await AdvanceUntilAsync(() => loop.Current.SinceTick is not null);
        await loop.StopAsync(CancellationToken.None);

        _time.Advance(TimeSpan.FromSeconds(5));
        var answer = await new AutoRecoveryProbe(loop).ProbeAsync(CancellationToken.None);

        Assert.Equal(ComponentStatus.Unhealthy, answer.Status);
        Assert.StartsWith("Its loop has not ticked for", answer.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probe_BeforeTheFirstTick_IsUnknown()
    {
        using var loop = Loop();

        Assert.Equal(ComponentStatus.Unknown, (await new AutoRecoveryProbe(loop).ProbeAsync(CancellationToken.None)).Status);
    }

    [Fact]
    public async Task Execute_JournalCannotBeWritten_GoesOnAndSaysSoUntilItCan()
    {
        _journal.Fault = "the disk is full";
        using var loop = Loop();
        await loop.StartAsync(CancellationToken.None);
        await AdvanceUntilAsync(() => loop.Current.State == RecoveryState.Primary && loop.Current.JournalFault is not null);
        var answer = await new AutoRecoveryProbe(loop).ProbeAsync(CancellationToken.None);

        _journal.Fault = null;
        await AdvanceUntilAsync(() => loop.Current.JournalFault is null);
        await loop.StopAsync(CancellationToken.None);

        Assert.Equal((ComponentStatus.Degraded, "Its journal cannot be used: the disk is full"), (answer.Status, answer.Reason));
        Assert.Single(_journal.Entries);
    }

    private RecoveryLoop Loop() => new(
        [new SwitchedHeartbeat(() => _primaryIsDown)], _journal, Options.Create(new RecoveryOptions()), _time, NullLogger<RecoveryLoop>.Instance);

    private async Task AdvanceUntilAsync(Func<bool> holds)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), "It did not come about.");
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1);
        }
    }

    private sealed class SwitchedHeartbeat(Func<bool> isDown) : IStoreHeartbeat
    {
        public string ComponentId => ComponentIds.PostgreSql;

        public Task<HeartbeatReading> BeatAsync(CancellationToken cancellationToken) => isDown()
            ? throw new InvalidOperationException("the power is off")
            : Task.FromResult(new HeartbeatReading { Product = "PostgreSQL 15" });
    }

    private sealed class ListJournal : IRecoveryJournal
    {
        public List<RecoveryJournalEntry> Entries { get; } = [];

        public string? Fault { get; set; }

        public Task AppendAsync(RecoveryJournalEntry entry, CancellationToken cancellationToken)
        {
            Check();
            Entries.Add(entry);
            return Task.CompletedTask;
        }

        public Task<IReadOnlyList<RecoveryJournalEntry>> ListAsync(int limit, CancellationToken cancellationToken)
        {
            Check();
            return Task.FromResult<IReadOnlyList<RecoveryJournalEntry>>([.. Entries.AsEnumerable().Reverse().Take(limit)]);
        }

        private void Check()
        {
            if (Fault is { } fault)
            {
                throw new IOException(fault);
            }
        }
    }
}
