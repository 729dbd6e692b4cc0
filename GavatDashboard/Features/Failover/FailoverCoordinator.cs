using System.Threading.Channels;
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
    private readonly Channel<Func<Task>> _inbox = Channel.CreateUnbounded<Func<Task>>(new UnboundedChannelOptions { SingleReader = true });
    private readonly long _startedAt = time.GetTimestamp();
    private FailoverRecord _record = new() { Instance = string.Empty };
    private PrimaryReading? _lastProbe;
    private CancellationTokenSource? _action;
    private RecoveryRun? _run;
    private bool _isClaimed;
    private bool _isInDoubt;
    private Task _ending = Task.CompletedTask;
    private Task _forgetting = Task.CompletedTask;
    private CancellationToken _stopping;
    private string? _journalFault;
    private long _takenOverAt;
    private long _revisionAtFailure = -1;

    // Tells whoever asked for the step in hand, once what came of it is shown: it is looked at then.
    private Action? _tell;

    /// <summary>What the machine remembers.</summary>
    public FailoverMemory Memory => _record.Memory;

    /// <summary>Whether this instance owns the ledger, and writes it to the primary or to its fallback.</summary>
    public bool IsOwner => _record.Memory.State.IsOnFallback() || (_isClaimed && _record.Memory.State is not (FailoverState.Following or FailoverState.Fenced));

    private TimeSpan Now => time.GetElapsedTime(_startedAt);

    /// <summary>Takes up the state of the last run before the host goes on, so that the first write already goes the right way.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        writer.PrimaryFailed = reason => Post(() =>
        {
            _isInDoubt = true;
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

    /// <summary>Runs something in the loop, between two events.</summary>
    public void Post(Func<Task> work) => _inbox.Writer.TryWrite(work);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the caller's thread: the host starts its services one after another.
        await Task.Yield();
        _stopping = stoppingToken;
        ForgetKept();
        var watching = _watch.RunAsync(
            () => _record.Memory.State,
            reading => InLoopAsync(async () =>
            {
                await OnProbeAsync(reading);
                return reading;
            }).WaitAsync(stoppingToken),
            stoppingToken);
        try
        {
            await foreach (var work in _inbox.Reader.ReadAllAsync(stoppingToken))
            {
                await DoAsync(work);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application stops; the state is written down.
        }
        finally
        {
            gate.Set(FailoverWrites.Refused, "The application is stopping.");
            StopAction();
            await Task.WhenAll(watching, _forgetting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task DoAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception failure)
        {
            // The loop must outlive everything: a coordinator that died would leave writes where they are.
            LogLoopFailed(failure);
        }

        Publish();
        _tell?.Invoke();
        _tell = null;
    }

    /// <summary>Runs something in the loop for an action that runs beside it: the loop alone changes the record.</summary>
    private async Task<T> InLoopAsync<T>(Func<Task<T>> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(async () =>
        {
            try
            {
                var result = await work();
                _tell = () => done.SetResult(result);
            }
            catch (Exception failure)
            {
                _tell = () => done.SetException(failure);
            }
        });
        return await done.Task;
    }

    /// <summary>Takes the next epoch for this instance, durably, before it is offered to the primary.</summary>
    private Task<long> TakeEpochAsync(CancellationToken cancellationToken) => InLoopAsync(async () =>
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

        try
        {
            await store.SaveAsync(_record, change: null, cancellationToken);
        }
        catch (StoreUnavailableException failure) when (found is not null)
        {
            // The file is read-only or full. It knows this instance already, so the primary may go on without it.
            _journalFault = failure.Message;
            LogJournalFailed(failure);
        }

        _journal = await store.ListJournalAsync(JournalShown, cancellationToken);
        _proofs = await store.ListProofsAsync(ProofsShown, cancellationToken);
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
            if (_record.Memory.BadProbes > 1 && _record.Memory.State is FailoverState.Suspect or FailoverState.Fallback && _ending.IsCompleted)
            {
                // The primary may live, and wait for a writer that is gone and left its transaction open.
                _ending = EndDoubtAsync();
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

    private async Task<FailoverEvent?> FindFailureAsync(ControlledHead head)
    {
        switch (_record.Memory.State)
        {
            case FailoverState.Primary or FailoverState.Suspect or FailoverState.ReadOnly:
                if (IsForeign(head))
                {
                    return OwnedBy(head);
                }

                // Also where an older state of the primary was put in its place, or an epoch was taken and not used.
                return _isClaimed && head.Head.Epoch == stores.PrimaryEpoch ? null : await TryClaimAsync();
            case FailoverState.Fallback or FailoverState.Recovering or FailoverState.RecoveryBlocked:
                return RecoveryPlan.FindFence(head.Head.Epoch, head.Owner, _record.Epoch, _record.Instance) is { } fence
                    ? new FailoverEvent.Superseded(fence, head.Owner != _record.Instance && await MayFollowAsync())
                    : null;
            case FailoverState.Following:
                return await FollowAsync(head);
            case FailoverState.Fenced:
                return IsForeign(head) && await MayFollowAsync() ? OwnedBy(head) : null;
            default:
                return null;
        }
    }

    /// <summary>Takes the primary's ledger for this instance, where it is nobody else's.</summary>
    private async Task<FailoverEvent?> TryClaimAsync()
    {
        var epoch = 0L;
        try
        {
            using var timeout = new CancellationTokenSource(StoreTimeout, time);
            var head = await primary.ChangeReignAsync(
                found =>
                {
                    epoch = EpochToClaim(found);
                    return found is { Owner.Length: 0, Mode: ControlledHead.Primary }
                        ? new Reign(epoch, _record.Instance, ControlledHead.Primary, Math.Max(found.ClosedEpoch, epoch - 1))
                        : null;
                },
                timeout.Token).WaitAsync(timeout.Token);
            if (IsForeign(head))
            {
                return OwnedBy(head);
            }

            if (head.Mode == ControlledHead.Fallback)
            {
                return new FailoverEvent.Superseded(
                    $"The primary says that the fallback took the writes under epoch {head.Head.Epoch}; this fallback's file does not hold them.");
            }

            // Another instance reigned before, or this one died as it took the ledger: what it mirrored may be old.
            var isOfAnotherReign = epoch != head.Head.Epoch || head.Head.Epoch > _record.Epoch;
            _record = _record with { Epoch = Math.Max(_record.Epoch, epoch), ReleasedEpoch = null };
            if (isOfAnotherReign)
            {
                await fallback.YieldAsync(_record with { Memory = _record.Memory with { State = FailoverState.Primary } }, "the ledger was taken over from another instance");
            }

            stores.TakePrimary(epoch);
            instances.Owner = _record.Instance;
            _isClaimed = true;
            return null;
        }
        catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException)
        {
            return new FailoverEvent.ProbeFailed(failure.Message);
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
        using var timeout = new CancellationTokenSource(StoreTimeout, time);
        try
        {
            _record = _record with { DuplicatesRefused = fallbackWriter.Duplicates };
            var change = isMove ? new FailoverJournalEntry(_record.Since, before.State, after.State, after.Reason) : null;
            if (change is not null)
            {
                _journal = [change, .. _journal.Take(JournalShown - 1)];
            }

            await store.SaveAsync(_record, change, timeout.Token).WaitAsync(timeout.Token);
            _journalFault = null;
        }
        catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException or IOException)
        {
            // Who may write is said by the heads of the two ledgers, and not by this: the state goes on and the page says so.
            _journalFault = failure.Message;
            LogJournalFailed(failure);
        }

        if (isMove)
        {
            LogMoved(after.State is FailoverState.Primary ? LogLevel.Information : LogLevel.Warning, before.State, after.State, after.Reason);
        }
    }

    private async Task DoAsync(FailoverEffect effect, FailoverState from)
    {
        switch (effect)
        {
            case FailoverEffect.CancelAction:
                StopAction();
                break;
            case FailoverEffect.HoldWrites:
                gate.Set(FailoverWrites.Waiting, _record.Memory.Reason);
                break;
            case FailoverEffect.RefuseWrites:
                gate.Set(FailoverWrites.Refused, _record.Memory.Reason);
                gate.Abandon();
                await DistrustFallbackAsync(from);
                break;
            case FailoverEffect.ForwardWrites:
                gate.Set(FailoverWrites.Forwarded, _record.Memory.Reason);
                gate.Abandon();
                await StepBackAsync(from);
                break;
            case FailoverEffect.WriteToPrimary:
                await OpenToPrimaryAsync(from);
                break;
            case FailoverEffect.WriteToFallback:
                await OpenToFallbackAsync(from);
                break;
            case FailoverEffect.Promote or FailoverEffect.DrainAndPromote:
                Run(token => PromoteAsync(effect == FailoverEffect.DrainAndPromote, token));
                break;
            case FailoverEffect.Recover:
                Run(CatchUpAsync);
                break;
            case FailoverEffect.SwitchBack:
                Run(HandOverAsync);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(effect), effect, "There is no such effect.");
        }
    }

    /// <summary>Where another instance writes, what this one mirrored is old from then on.</summary>
    private async Task DistrustFallbackAsync(FailoverState from)
    {
        if (_record.Memory.State == FailoverState.Fenced && !from.IsOnFallback())
        {
            await fallback.DistrustAsync("another instance owns the ledger");
        }

        cache.Distrust("another instance owns the ledger");
    }

    private async Task OpenToPrimaryAsync(FailoverState from)
    {
        if (from != FailoverState.Switchback && !_isClaimed)
        {
            return; // The next probe claims the ledger and opens the gate.
        }

        if (_isInDoubt)
        {
            await EndDoubtAsync();
        }

        _record = _record with { OutageAt = null };
        cache.Distrust("the ledger was out of reach");
        stores.MayBeBehind = false;
        Open(FailoverWrites.Primary);
        if (from == FailoverState.Following)
        {
            // What is on its way to the owner of before goes on here, under the same keys.
            gate.Abandon();
        }
    }

    /// <summary>Opens the gate. The new state is shown first: whoever is acknowledged by the one ledger does not read of the other.</summary>
    private void Open(FailoverWrites writes)
    {
        Publish();
        _closedFor = gate.Set(writes, _record.Memory.Reason);
        brake.SlowTo(null);
        Publish();
    }

    /// <summary>An answer was lost and the primary lives: whether the batch is there can only be told once its connection is gone.</summary>
    private async Task EndDoubtAsync()
    {
        using var timeout = new CancellationTokenSource(_options.ProbeTimeout, time);
        try
        {
            await primary.EndWritersAsync(ofAllInstances: false, timeout.Token).WaitAsync(timeout.Token);
            _isInDoubt = false;
        }
        catch (Exception failure)
        {
            // The next batch waits behind the old one's lock, and its timeout brings us here again.
            LogDoubtLeft(failure);
        }

        primary.ForgetConnections();
    }

    private async Task OpenToFallbackAsync(FailoverState from)
    {
        if (from == FailoverState.Switchback && !await TryRenewAsync())
        {
            gate.Set(FailoverWrites.Refused, "The fallback's file cannot be written.");
            return;
        }

        stores.TakeFallback();
        stores.MayBeBehind = false;
        cache.Distrust("the fallback takes the writes");
        if (from == FailoverState.Promoting)
        {
            _isClaimed = false;
            _isInDoubt = false;
        }

        Open(FailoverWrites.Fallback);
    }

    private async Task<bool> TryRenewAsync()
    {
        try
        {
            await RenewAsync();
            return true;
        }
        catch (StoreUnavailableException failure)
        {
            LogJournalFailed(failure);
            return false;
        }
    }

    /// <summary>It is not known whether the primary recorded the epoch that it was offered: the fallback goes on under the one after it.</summary>
    private async Task RenewAsync()
    {
        var offered = _record.Epoch;
        _record = _record with { Epoch = offered + 1 };
        await fallback.RenewAsync(offered, _record);
    }

    [LoggerMessage(EventId = 3101, Message = "The failover coordinator went from {From} to {To}: {Reason}")]
    private partial void LogMoved(LogLevel level, FailoverState from, FailoverState to, string reason);

    [LoggerMessage(3102, LogLevel.Error, "The failover coordinator cannot write its state down")]
    private partial void LogJournalFailed(Exception failure);

    [LoggerMessage(3103, LogLevel.Error, "The failover coordinator met something that it does not know; it goes on")]
    private partial void LogLoopFailed(Exception failure);

    [LoggerMessage(3104, LogLevel.Debug, "The connection of a batch in doubt cannot be ended now")]
    private partial void LogDoubtLeft(Exception failure);
}
