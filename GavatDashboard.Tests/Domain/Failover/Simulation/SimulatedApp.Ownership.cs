using GavatDashboard.Domain.Failover;

namespace GavatDashboard.Tests.Domain.Failover.Simulation;

/// <content>Who owns the ledger, among several instances.</content>
internal sealed partial class SimulatedApp
{
    private static readonly TimeSpan LeftAlone = TimeSpan.FromSeconds(1);
    private bool _isClaimed;
    private string _owner = string.Empty;
    private TimeSpan _leavesUntil;

    /// <summary>Gives another instance by its name, where it can be asked now: its process runs, and the network between the two does its work.</summary>
    public Func<string, SimulatedApp?> Ask { get; set; } = _ => null;

    /// <summary>Whether it owns the ledger, as far as it knows.</summary>
    public bool IsOwner => _memory.State.IsOnFallback() || (_isClaimed && _memory.State is not (FailoverState.Following or FailoverState.Fenced));

    private bool IsForeign => primary.Ledger.Owner.Length > 0 && primary.Ledger.Owner != name;

    /// <summary>Gives the ledger up in order, because it stops or because it is asked to.</summary>
    public void GiveUp(TimeSpan now)
    {
        if (!isShared || !_isClaimed || _memory.State != FailoverState.Primary || _gate != FailoverEffect.WriteToPrimary)
        {
            return;
        }

        _leavesUntil = now + LeftAlone;
        File.ReleasedEpoch = _primaryEpoch;
        Happen(new FailoverEvent.Released("given up"), now);
        CrashPerhaps();
        if (Reaches && primary.Ledger.Owner == name && primary.Ledger.Epoch == _primaryEpoch && !primary.Ledger.IsFallbackReign)
        {
            primary.Ledger.Owner = string.Empty;
        }

        CrashPerhaps();
    }

    /// <summary>A person wants this instance to take the ledger over.</summary>
    public void TakeOver(TimeSpan now)
    {
        if (_memory.State is not (FailoverState.Fenced or FailoverState.Following) || File.Replay.Count > 0 || !Reaches)
        {
            return;
        }

        var from = primary.Ledger.Owner;
        var owner = mutant == Mutant.TakeOverUnasked ? null : Ask(from);
        owner?.GiveUp(now);
        if (owner is { State: not (FailoverState.Following or FailoverState.Fenced) } || !Reaches || (IsForeign && primary.Ledger.Owner != from))
        {
            return;
        }

        primary.EndWriters(writer: null);
        var epoch = Math.Max(primary.Ledger.Epoch, File.Epoch) + 1;
        (primary.Ledger.Epoch, primary.Ledger.Owner, primary.Ledger.IsFallbackReign) = (epoch, name, false);
        CrashPerhaps();
        (File.Epoch, File.ReleasedEpoch, _isClaimed) = (epoch, null, false);
        Yield(isOwn: true);
        Happen(new FailoverEvent.TakenOver("by hand"), now);
    }

    private FailoverEvent? FindFailure(TimeSpan now) => _memory.State switch
    {
        FailoverState.Primary or FailoverState.Suspect or FailoverState.ReadOnly => IsForeign ? OwnedByAnother() : _isClaimed && primary.Ledger.Epoch == _primaryEpoch ? null : Claim(),
        FailoverState.Fallback or FailoverState.Recovering or FailoverState.RecoveryBlocked => FindFence(),
        FailoverState.Following => Follow(now),
        FailoverState.Fenced => IsForeign && File.Replay.Count == 0 ? OwnedByAnother() : null,
        _ => null,
    };

    private FailoverEvent.Superseded OwnedByAnother() => new("another owner", isShared);

    private FailoverEvent.Superseded? FindFence() =>
        mutant != Mutant.NoFence && RecoveryPlan.FindFence(primary.Ledger.Epoch, primary.Ledger.Owner, File.Epoch, name) is { } fence
            ? new FailoverEvent.Superseded(fence, isShared && primary.Ledger.Owner != name && File.Replay.Count == 0)
            : null;

    private FailoverEvent? Follow(TimeSpan now)
    {
        if (IsForeign)
        {
            _leavesUntil = TimeSpan.Zero;
            Distrust();
            return OwnedByAnother();
        }

        return now < _leavesUntil ? null : Claim() ?? new FailoverEvent.TakenOver("given up in order");
    }

    /// <summary>Takes the primary's ledger, where it is nobody else's.</summary>
    private FailoverEvent? Claim()
    {
        var (owner, found) = (primary.Ledger.Owner, primary.Ledger.Epoch);
        if (primary.Ledger.IsFallbackReign)
        {
            return new FailoverEvent.Superseded("the fallback's reign is not in this file");
        }

        var epoch = owner.Length > 0 || primary.Ledger.Revision == 0 || found == File.ReleasedEpoch ? found : Math.Max(found, File.Epoch) + 1;
        if (owner.Length == 0)
        {
            (primary.Ledger.Epoch, primary.Ledger.Owner) = (epoch, name);
        }

        CrashPerhaps();
        var isOfAnotherReign = epoch != found || found > File.Epoch;
        (File.Epoch, File.ReleasedEpoch) = (Math.Max(File.Epoch, epoch), null);
        if (isOfAnotherReign)
        {
            Yield(isOwn: true);
        }

        (_primaryEpoch, _isClaimed, _mustSettle) = (epoch, true, true);
        return null;
    }

    private void StepBack(FailoverState from)
    {
        _isClaimed = false;
        if (from.IsOnFallback())
        {
            Yield(isOwn: false);
        }
        else if (File.ReleasedEpoch is null)
        {
            Distrust();
        }
    }

    /// <summary>The file gives way to a primary whose content is not known here.</summary>
    private void Yield(bool isOwn)
    {
        Distrust();
        (File.Ledger.IsFallbackReign, File.Ledger.Epoch) = (false, File.Epoch);
        File.Memory = _memory with { State = isOwn ? FailoverState.Primary : _memory.State };
    }

    private void Distrust()
    {
        if (mutant != Mutant.OldFallbackTrusted)
        {
            File.IsPromotable = false;
        }
    }

    /// <summary>Sends operations to the owner, which answers them; any answer may be lost on the way.</summary>
    private void Forward(IReadOnlyList<SimulatedOperation> operations, Action<SimulatedOperation, SimulatedAnswer> acknowledge, TimeSpan now)
    {
        if (Ask(_owner) is not { IsOwner: true } owner)
        {
            return;
        }

        owner.Write(
            operations,
            (operation, answer) =>
            {
                if (random.Next(30) > 0)
                {
                    acknowledge(operation, answer);
                }
            },
            now);
    }
}
