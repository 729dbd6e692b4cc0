using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;

namespace GavatDashboard.Features.Failover;

/// <content>What the machine wants done.</content>
internal sealed partial class FailoverCoordinator
{
    private async Task DoAsync(FailoverEffect effect, FailoverState from)
    {
        switch (effect)
        {
            case FailoverEffect.CancelAction:
                _actions.Stop();
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
                _actions.Run(_loop, token => PromoteAsync(effect == FailoverEffect.DrainAndPromote, token), HappenAsync);
                break;
            case FailoverEffect.Recover:
                _actions.Run(_loop, CatchUpAsync, HappenAsync);
                break;
            case FailoverEffect.SwitchBack:
                _actions.Run(_loop, HandOverAsync, HappenAsync);
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

        if (_doubt.IsThere)
        {
            await _doubt.EndAsync();
        }

        _record = _record with { OutageAt = null };
        cache.Distrust("the ledger was out of reach");
        stores.MayBeBehind = false;
        var wasForwarding = gate.Writes == FailoverWrites.Forwarded;
        Open(FailoverWrites.Primary);
        if (wasForwarding)
        {
            // What is on its way to the owner of before, or looks for one, goes on here, under the same keys.
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
            _doubt.IsThere = false;
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
            LogNotRenewed(failure);
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

    [LoggerMessage(3108, LogLevel.Error, "The fallback cannot go on: the epoch after the one that was offered to the primary cannot be written")]
    private partial void LogNotRenewed(Exception failure);
}
