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
        _isInDoubt = false;
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
            await InLoopAsync(() => ReleaseInLoopAsync(reason, leavesUntil(), timeout.Token)).WaitAsync(timeout.Token);
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
        if (_journalFault is not null)
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
