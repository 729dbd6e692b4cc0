using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Instances;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Failover;
using GavatDashboard.Stores.Sql;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Failover;

/// <summary>
/// Runs the failover machine: takes in what the probe, the writer and people tell, writes the new state down, and does what the
/// machine wants. One loop decides; what takes time runs beside it and tells how it ended.
/// </summary>
internal sealed partial class FailoverCoordinator(
    IPrimaryControl primary,
    FallbackControl fallback,
    PrimaryRecovery recovery,
    IFailoverStore store,
    LedgerStores stores,
    WriteGate gate,
    WriteBrake brake,
    RoutedBatchWriter writer,
    FallbackBatchWriter fallbackWriter,
    IBalanceCache cache,
    IPrimaryOutage outage,
    InstanceDirectory instances,
    LedgerOwner owner,
    LedgerOwnership ownership,
    IOptions<FailoverOptions> options,
    IOptions<InstanceOptions> instanceOptions,
    TimeProvider time,
    ILogger<FailoverCoordinator> logger) : BackgroundService
{
    private static readonly TimeSpan StoreTimeout = TimeSpan.FromSeconds(2);
    private readonly FailoverOptions _options = options.Value;
    private readonly InstanceOptions _instanceOptions = instanceOptions.Value;
    private readonly FailoverMachine _machine = new(options.Value.Thresholds);
    private readonly PrimaryWatch _watch = new(primary, options.Value, time);
    private readonly EventLoop _loop = new(logger);
    private readonly ActionRunner _actions = new();
    private readonly FailoverHistory _history = new(store, logger);
    private readonly WriteDoubt _doubt = new(primary, options.Value, time, logger);
    private readonly long _startedAt = time.GetTimestamp();
    private FailoverRecord _record = new() { Instance = string.Empty };
    private PrimaryReading? _lastProbe;
    private RecoveryRun? _run;
    private bool _isClaimed;
    private Task _forgetting = Task.CompletedTask;
    private CancellationToken _stopping;
    private long _takenOverAt;
    private long _revisionAtFailure = -1;

    /// <summary>What the machine remembers.</summary>
    public FailoverMemory Memory => _record.Memory;

    /// <summary>Whether this instance owns the ledger, and writes it to the primary or to its fallback.</summary>
    public bool IsOwner => _record.Memory.State.IsOnFallback() || (_isClaimed && _record.Memory.State is not (FailoverState.Following or FailoverState.Fenced));

    private TimeSpan Now => time.GetElapsedTime(_startedAt);

    /// <summary>Takes up the state of the last run before the host goes on, so that the first write already goes the right way.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        writer.PrimaryFailed = reason => _loop.Post(() =>
        {
            _doubt.IsThere = true;
            _watch.Hurry();
            var isAgain = _revisionAtFailure == writer.AcknowledgedRevision;
            _revisionAtFailure = writer.AcknowledgedRevision;
            return HappenAsync(new FailoverEvent.WriteFailed(reason, isAgain));
        });
        await ResumeAsync(cancellationToken);
        // Where the primary answers, the first write of all finds the gate open.
        await OnProbeAsync(await _watch.ProbeAsync(_record.Memory.State, cancellationToken));
        Publish();
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Gives the ledger up where that can be done in order, so that another instance takes it at once.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        if (ExecuteTask is { IsCompleted: false })
        {
            await ReleaseAsync("The application stops, and gave the ledger up in order.", () => TimeSpan.MaxValue, cancellationToken);
        }

        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the caller's thread: the host starts its services one after another.
        await Task.Yield();
        _stopping = stoppingToken;
        ForgetKept();
        var watching = _watch.RunAsync(
            () => _record.Memory.State,
            reading => _loop.AskAsync(async () =>
            {
                await OnProbeAsync(reading);
                return reading;
            }).WaitAsync(stoppingToken),
            stoppingToken);
        try
        {
            await _loop.RunAsync(Publish, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application stops; the state is written down.
        }
        finally
        {
            gate.Set(FailoverWrites.Refused, "The application is stopping.");
            _actions.Stop();
            await Task.WhenAll(watching, _forgetting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Takes the next epoch for this instance, durably, before it is offered to the primary.</summary>
    private Task<long> TakeEpochAsync(CancellationToken cancellationToken) => _loop.AskAsync(async () =>
    {
        var taken = _record with { Epoch = _record.Epoch + 1 };
        await store.SaveAsync(taken, change: null, cancellationToken);
        _record = taken;
        return taken.Epoch;
    });

    private async Task ResumeAsync(CancellationToken cancellationToken)
    {
        var found = await store.FindAsync(cancellationToken);
        var head = await fallback.ReadHeadAsync(cancellationToken);
        var memory = FailoverMachine.Resume(found?.Memory ?? new FailoverMemory(), Now);
        // The file's own head knows best whether it leads: it was changed in one transaction with the reign.
        if ((head.Mode == ControlledHead.Fallback) != memory.State.IsOnFallback() && memory.State is not (FailoverState.Fenced or FailoverState.Following))
        {
            memory = memory with { State = head.Mode == ControlledHead.Fallback ? FailoverState.Fallback : FailoverState.Primary };
        }

        _record = new FailoverRecord { Instance = $"{Environment.MachineName}-{Guid.NewGuid().ToString("N")[..12]}" };
        _record = (found ?? _record) with { Memory = memory, Since = time.GetUtcNow(), Epoch = Math.Max(found?.Epoch ?? 0, head.Head.Epoch) };
        instances.Self = _record.Instance;
        fallbackWriter.ResetDuplicates(_record.DuplicatesRefused);
        if (memory.State.IsOnFallback())
        {
            if (_record.Epoch > head.Head.Epoch)
            {
                // That epoch was offered to the primary, and the process died before it was known what became of it.
                await RenewAsync();
            }

            await CountKeptAsync(cancellationToken);
            stores.TakeFallback();
            gate.Set(FailoverWrites.Fallback, memory.Reason);
        }
        else if (memory.State == FailoverState.Fenced)
        {
            await CountKeptAsync(cancellationToken);
            gate.Set(FailoverWrites.Refused, memory.Reason);
        }
        else if (memory.State == FailoverState.Following)
        {
            gate.Set(FailoverWrites.Forwarded, memory.Reason);
        }

        if (found is null)
        {
            await store.SaveAsync(_record, change: null, cancellationToken);
        }
        else
        {
            // Where the file is read-only or full, it knows this instance already: the primary may go on without it.
            await _history.WriteAsync(_record, change: null, cancellationToken);
        }

        await _history.ReadAsync(cancellationToken);
        Publish();
    }

    private async Task CountKeptAsync(CancellationToken cancellationToken)
    {
        var (batches, operations) = await fallback.Replay.CountAsync(-1, cancellationToken);
        fallbackWriter.ResetKept(new FailoverBacklog(batches, operations));
    }

    private async Task OnProbeAsync(PrimaryReading reading)
    {
        if (reading.BeganAt < _takenOverAt)
        {
            return; // It was under way when the ledger was taken over, and tells of the owner before.
        }

        _lastProbe = reading;
        if (reading.Head is not { } head)
        {
            await HappenAsync(new FailoverEvent.ProbeFailed(reading.Fault ?? "The primary did not take a write."));
            if (_record.Memory.BadProbes > 1 && _record.Memory.State is FailoverState.Suspect or FailoverState.Fallback)
            {
                // The primary may live, and wait for a writer that is gone and left its transaction open.
                _doubt.EndBeside();
            }

            return;
        }

        instances.Owner = head.Owner;
        if (await FindFailureAsync(head) is { } failure)
        {
            await HappenAsync(failure);
            return;
        }

        await HappenAsync(new FailoverEvent.ProbeSucceeded());
        if (_record.Memory.State == FailoverState.Primary && _isClaimed && gate.Writes != FailoverWrites.Primary)
        {
            await OpenToPrimaryAsync(FailoverState.Primary);
        }
        else if (_record.Memory.State == FailoverState.Fallback && gate.Writes == FailoverWrites.Refused)
        {
            await OpenToFallbackAsync(FailoverState.Switchback);
        }
    }

    /// <summary>Tells the machine, writes its new state down, and does what it wants.</summary>
    private async Task HappenAsync(FailoverEvent happened)
    {
        var before = _record.Memory;
        var step = _machine.Next(before, happened, Now);
        if (step.Memory == before)
        {
            return;
        }

        var isMove = step.Memory.State != before.State;
        _record = _record with { Memory = step.Memory, Since = isMove ? time.GetUtcNow() : _record.Since };
        if (isMove && before.State is FailoverState.Primary && step.Memory.State is FailoverState.Suspect or FailoverState.Promoting && _record.OutageAt is null)
        {
            _record = _record with { OutageAt = time.GetUtcNow() };
        }

        // These two were written down in the transaction that did them: writes need not wait for it once more.
        var isWritten = happened is FailoverEvent.Promoted or FailoverEvent.SwitchedBack;
        if (isWritten)
        {
            await DoAsync(step.Effects, before.State);
        }

        if (isMove || step.Memory.IsPaused != before.IsPaused || step.Memory.IsHeld != before.IsHeld)
        {
            await WriteDownAsync(before, step.Memory, isMove);
        }

        if (!isWritten)
        {
            await DoAsync(step.Effects, before.State);
        }

        if (isMove)
        {
            await ProveAsync(before.State);
        }
    }

    private async Task DoAsync(IReadOnlyList<FailoverEffect> effects, FailoverState from)
    {
        foreach (var effect in effects)
        {
            await DoAsync(effect, from);
        }
    }

    private async Task WriteDownAsync(FailoverMemory before, FailoverMemory after, bool isMove)
    {
        _record = _record with { DuplicatesRefused = fallbackWriter.Duplicates };
        using var timeout = new CancellationTokenSource(StoreTimeout, time);
        await _history.WriteAsync(_record, isMove ? new FailoverJournalEntry(_record.Since, before.State, after.State, after.Reason) : null, timeout.Token);
        if (isMove)
        {
            LogMoved(after.State is FailoverState.Primary ? LogLevel.Information : LogLevel.Warning, before.State, after.State, after.Reason);
        }
    }

    [LoggerMessage(EventId = 3101, Message = "The failover coordinator went from {From} to {To}: {Reason}")]
    private partial void LogMoved(LogLevel level, FailoverState from, FailoverState to, string reason);
}
