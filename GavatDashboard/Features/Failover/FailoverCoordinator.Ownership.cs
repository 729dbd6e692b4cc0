using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Features.Failover;

/// <content>Who owns the ledger, among several instances.</content>
internal sealed partial class FailoverCoordinator
{
    /// <summary>How long an instance that handed the ledger over leaves it alone; then it takes it again where nobody did.</summary>
    private static readonly TimeSpan LeftAlone = TimeSpan.FromSeconds(10);

    private TimeSpan _leavesUntil;

    /// <summary>Gives the ledger up because another instance asks for it. What this one says of itself afterwards tells whether it did.</summary>
    public Task GiveUpAsync(string to, CancellationToken cancellationToken) =>
        ReleaseAsync($"The ledger was handed over to '{to}', by hand.", () => Now + LeftAlone, cancellationToken);

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

    private bool IsForeign(ControlledHead head) => head.Owner.Length > 0 && head.Owner != _record.Instance;

    private FailoverEvent.Superseded OwnedBy(ControlledHead head) => new($"The ledger is owned by '{head.Owner}', since epoch {head.Head.Epoch}.", instances.IsShared);

    /// <summary>Whether another owner can be left alone with the ledger: nothing is here that it lacks.</summary>
    private async Task<bool> MayFollowAsync() => instances.IsShared && await fallback.Replay.CountAsync(-1, CancellationToken.None) is (_, 0);

    /// <summary>The epoch under which an unowned ledger is taken: the next one, unless nobody can have written since this instance gave it up.</summary>
    private long EpochToClaim(ControlledHead found) =>
        found.Owner.Length > 0 || found.Head.Revision == 0 || found.Head.Epoch == _record.ReleasedEpoch ? found.Head.Epoch : Math.Max(found.Head.Epoch, _record.Epoch) + 1;

    /// <summary>Follows whoever owns the ledger, and takes it where nobody does: it was given up in order, with everything that was acknowledged in the primary.</summary>
    private async Task<FailoverEvent?> FollowAsync(ControlledHead head)
    {
        if (IsForeign(head))
        {
            _leavesUntil = TimeSpan.Zero;
            if (fallback.Status.State == MirrorState.Following)
            {
                await fallback.DistrustAsync("another instance owns the ledger");
            }

            return OwnedBy(head);
        }

        // What it has just given up it does not take again.
        return Now < _leavesUntil ? null : await TryClaimAsync() ?? new FailoverEvent.TakenOver("The ledger had been given up in order, and this instance took it.");
    }

    /// <summary>Another instance writes: nothing that is remembered, mirrored or cached here is served as the truth any more.</summary>
    private async Task StepBackAsync(FailoverState from)
    {
        _isClaimed = false;
        _doubt.IsThere = false;
        cache.Distrust("another instance owns the ledger");
        stores.MayBeBehind = true;
        if (from.IsOnFallback())
        {
            await fallback.YieldAsync(_record, "another instance owns the ledger");
            stores.LeavePrimary();
        }
        else if (_record.ReleasedEpoch is null)
        {
            await fallback.DistrustAsync("another instance owns the ledger");
        }
    }

    /// <summary>Gives the ledger up: writes wait until those on their way are through, the state is written down, and then the primary is left without an owner.</summary>
    private async Task ReleaseAsync(string reason, Func<TimeSpan> leavesUntil, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_options.SwitchTimeout);
        try
        {
            await _loop.AskAsync(() => ReleaseInLoopAsync(reason, leavesUntil(), timeout.Token)).WaitAsync(timeout.Token);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException)
        {
            // It is this instance's still, or it is not known; its next start finds out.
            LogNotReleased(failure.Message);
        }
    }

    private async Task<bool> ReleaseInLoopAsync(string reason, TimeSpan leavesUntil, CancellationToken cancellationToken)
    {
        // Whoever asked may have given up while the loop was busy, and hears nothing of it any more.
        cancellationToken.ThrowIfCancellationRequested();
        if (!instances.IsShared || !_isClaimed || _record.Memory.State != FailoverState.Primary || gate.Writes != FailoverWrites.Primary)
        {
            return false;
        }

        _leavesUntil = leavesUntil;
        gate.Set(FailoverWrites.Waiting, reason);
        try
        {
            await gate.DrainAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // What is on its way does not come to its end in time: the ledger stays here, and no write may wait for a release that does not come.
            _leavesUntil = TimeSpan.Zero;
            Open(FailoverWrites.Primary);
            throw;
        }

        var epoch = stores.PrimaryEpoch;
        _record = _record with { ReleasedEpoch = epoch };
        await HappenAsync(new FailoverEvent.Released(reason));
        if (_history.Fault is not null)
        {
            return false;
        }

        var found = await primary.ChangeReignAsync(
            head => head.Owner == _record.Instance && head.Head.Epoch == epoch && head.Mode == ControlledHead.Primary
                ? new Reign(epoch, string.Empty, ControlledHead.Primary, head.ClosedEpoch)
                : null,
            cancellationToken).WaitAsync(cancellationToken);
        LogReleased(epoch);
        return found.Owner == _record.Instance;
    }

    [LoggerMessage(3106, LogLevel.Information, "The ledger was given up in order, at epoch {Epoch}")]
    private partial void LogReleased(long epoch);

    [LoggerMessage(3107, LogLevel.Warning, "The ledger cannot be given up in order: {Reason}")]
    private partial void LogNotReleased(string reason);
}
