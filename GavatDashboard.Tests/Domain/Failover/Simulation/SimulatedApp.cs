using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;

namespace GavatDashboard.Tests.Domain.Failover.Simulation;

/// <summary>A rule that is left out, to see that the checks notice.</summary>
internal enum Mutant
{
    None,
    AcknowledgeBeforeMirror,
    NoFence,
    NoDedupe,
    CursorOutsideTheTransaction,
    NoGrouping,

    /// <summary>A promotion does the first of the two batches in doubt, and forgets the second.</summary>
    SecondNoteForgotten,

    /// <summary>The ledger is taken by hand without asking an owner that can be asked.</summary>
    TakeOverUnasked,

    /// <summary>A fallback that was mirrored under another reign may take over.</summary>
    OldFallbackTrusted,
}

/// <summary>The process died at this point.</summary>
internal sealed class AppCrashedException(SimulatedApp app) : Exception
{
    public SimulatedApp App { get; } = app;
}

/// <summary>The process stands still at this point, with a batch on its way.</summary>
internal sealed class AppFrozenException(SimulatedApp app) : Exception
{
    public SimulatedApp App { get; } = app;
}

/// <summary>
/// The application: the real machine and the real recovery plan, and the steps between them that write. It may die between any
/// two of them; what it then knows is what the file and the primary hold.
/// </summary>
internal sealed partial class SimulatedApp(string name, SimulatedPrimary primary, Random random, Mutant mutant, bool isShared)
{
    private const int BatchesATick = 12;
    private static readonly FailoverThresholds Thresholds = new()
    {
        ProbesToFailOver = 3, SuspectFor = TimeSpan.FromSeconds(0.4), ProbesToRecover = 3, GoodFor = TimeSpan.FromSeconds(0.6),
        MinimumStay = TimeSpan.FromSeconds(1), LongestStay = TimeSpan.FromSeconds(4),
    };

    private readonly FailoverMachine _machine = new(Thresholds);
    private FailoverMemory _memory = new();
    private FailoverEffect? _gate;
    private FailoverEffect? _action;
    private long _primaryEpoch;
    private bool _isFenced;

    public string Name => name;

    /// <summary>Its fallback's file, which outlives it.</summary>
    public SimulatedFile File { get; } = new();

    public FailoverState State => _memory.State;

    /// <summary>Whether its network to the primary is cut.</summary>
    public bool IsCutOff { get; set; }

    public bool WritesToPrimary => _gate == FailoverEffect.WriteToPrimary && _memory.State == FailoverState.Primary;

    /// <summary>The epoch under which an answer may be given now.</summary>
    public long Reign => _memory.State.IsOnFallback() ? File.Ledger.Epoch : _primaryEpoch;

    private bool Reaches => primary.Answers && !IsCutOff;

    /// <summary>Starts on what the last run left.</summary>
    public void Start(TimeSpan now)
    {
        _memory = FailoverMachine.Resume(File.Memory, now);
        if (File.Ledger.IsFallbackReign != _memory.State.IsOnFallback() && _memory.State is not (FailoverState.Fenced or FailoverState.Following))
        {
            _memory = _memory with { State = File.Ledger.IsFallbackReign ? FailoverState.Fallback : FailoverState.Primary };
        }

        (_gate, _action, _primaryEpoch, _isClaimed, _mustSettle, _leavesUntil) = (null, null, 0, false, true, TimeSpan.Zero);
        _committed = Math.Max(0, File.Notes.Count - InDoubtAtMost);
        if (_memory.State.IsOnFallback())
        {
            if (File.Epoch > File.Ledger.Epoch)
            {
                Renew();
            }

            _gate = FailoverEffect.WriteToFallback;
        }
        else if (_memory.State == FailoverState.Following)
        {
            _gate = FailoverEffect.ForwardWrites;
        }
    }

    /// <summary>Goes on after it stood still: no answer came to what was on its way.</summary>
    public void Thaw(TimeSpan now)
    {
        _mustSettle = true;
        Happen(new FailoverEvent.WriteFailed("no answer"), now);
    }

    /// <summary>A tick of the coordinator: a probe, and a step of what runs.</summary>
    public void Tick(TimeSpan now)
    {
        Probe(now);
        switch (_action)
        {
            case FailoverEffect.Promote:
                _action = null;
                Happen(Promote(), now);
                break;
            case FailoverEffect.Recover:
                Happen(RecoverAStep(), now);
                break;
            case FailoverEffect.SwitchBack:
                _action = null;
                Happen(HandOver(), now);
                break;
            case null:
                break;
            default:
                throw new InvalidOperationException($"{_action} does not run.");
        }

        if (!File.IsPromotable && WritesToPrimary && Reaches && random.Next(4) == 0)
        {
            // Under the writers' lock at its end, so that nothing is missed.
            File.CopyFrom(primary.Ledger);
            (_committed, _mustSettle) = (0, true);
        }
    }

    private void Probe(TimeSpan now)
    {
        if (!Reaches)
        {
            Happen(new FailoverEvent.ProbeFailed("no answer"), now);
            return;
        }

        _owner = primary.Ledger.Owner;
        if (FindFailure(now) is { } failure)
        {
            Happen(failure, now);
            return;
        }

        Happen(new FailoverEvent.ProbeSucceeded(), now);
        if (_memory.State == FailoverState.Primary && _isClaimed && _gate != FailoverEffect.WriteToPrimary)
        {
            Do(FailoverEffect.WriteToPrimary, FailoverState.Primary);
        }
    }

    private FailoverEvent Promote()
    {
        if (!File.IsPromotable)
        {
            return new FailoverEvent.PromotionRefused("no marker");
        }

        CrashPerhaps();
        // One transaction of the file.
        ApplyCommitted();
        foreach (var note in mutant == Mutant.SecondNoteForgotten ? File.Notes.Take(1) : File.Notes.AsEnumerable())
        {
            if (!File.Ledger.TryWrite(note, File.Ledger.Epoch))
            {
                break;
            }

            File.Replay.Add(note);
        }

        File.Notes.Clear();
        File.Epoch = Math.Max(File.Ledger.Epoch, File.Epoch) + 1;
        (File.Ledger.Epoch, File.Ledger.IsFallbackReign, File.Memory) = (File.Epoch, true, _memory with { State = FailoverState.Fallback });
        CrashPerhaps();
        return new FailoverEvent.Promoted();
    }

    /// <summary>Fences, finds the head, writes a few batches: a tick's worth of recovery.</summary>
    private FailoverEvent? RecoverAStep()
    {
        if (!Reaches)
        {
            _action = null;
            return new FailoverEvent.RecoveryFailed("no answer");
        }

        if (!_isFenced)
        {
            if (FindFence() is { } fence)
            {
                _action = null;
                return fence;
            }

            Fence();
            CrashPerhaps();
            if (FindDifference() is { } difference)
            {
                _action = null;
                return new FailoverEvent.Mismatched(difference);
            }

            _isFenced = true;
            return null;
        }

        if (!Replay(BatchesATick))
        {
            _action = null;
            return new FailoverEvent.Mismatched("the primary refuses it");
        }

        if (Left() > BatchesATick)
        {
            return null;
        }

        _action = null;
        return new FailoverEvent.CaughtUp();
    }

    private void Fence()
    {
        if (mutant == Mutant.NoFence)
        {
            return;
        }

        primary.EndWriters(name);
        (primary.Ledger.Epoch, primary.Ledger.Owner, primary.Ledger.IsFallbackReign) = (File.Ledger.Epoch, name, true);
    }

    private string? FindDifference()
    {
        var head = primary.Ledger.Head;
        var before = File.Ledger.Log.Count - File.Replay.Count;
        return RecoveryPlan.FindDifference(head, HeadAt(before), File.Replay.Exists(batch => batch.Revision == head.Revision) ? HeadAt((int)head.Revision) : null);
    }

    private LedgerHead HeadAt(int count) => count == 0
        ? LedgerHead.Empty with { ChainHash = new byte[8], Epoch = 1 }
        : new LedgerHead(1, File.Ledger.Log[count - 1].Revision, BitConverter.GetBytes(File.Ledger.Log[count - 1].Chain), File.Ledger.Log[count - 1].Revision);

    private int Left() => File.Ledger.Log.Count - primary.Ledger.Log.Count;

    /// <summary>Writes the next batches to the primary as one transaction that moves its head, which is the cursor.</summary>
    /// <returns>False where another reign began there.</returns>
    private bool Replay(int count)
    {
        if (mutant == Mutant.CursorOutsideTheTransaction)
        {
            foreach (var batch in File.Replay.Skip(File.Cursor).Take(count).ToList())
            {
                primary.Ledger.Write(batch, batch.Answer.Balance);
                CrashPerhaps();
                File.Cursor++;
            }

            return true;
        }

        if (primary.Ledger.Epoch != File.Ledger.Epoch && mutant != Mutant.NoFence)
        {
            return false;
        }

        var next = File.Replay.Where(batch => batch.Revision > primary.Ledger.Revision).Take(count).ToList();
        foreach (var batch in next)
        {
            // An account that several batches change is written once, as the last of them left it.
            var last = mutant == Mutant.NoGrouping
                ? next.First(other => other.Operation.Account == batch.Operation.Account && other.Answer.IsPosted == batch.Answer.IsPosted)
                : next.Last(other => other.Operation.Account == batch.Operation.Account && other.Answer.IsPosted == batch.Answer.IsPosted);
            primary.Ledger.Write(batch, last.Answer.Balance);
        }

        CrashPerhaps();
        return true;
    }

    private FailoverEvent HandOver()
    {
        if (!Reaches)
        {
            return new FailoverEvent.RecoveryFailed("no answer");
        }

        var offered = File.Ledger.Epoch + 1;
        (File.Epoch, File.Memory) = (offered, _memory);
        CrashPerhaps();
        if (!Replay(int.MaxValue))
        {
            return new FailoverEvent.Mismatched("the primary refuses it");
        }

        if (mutant is Mutant.None && (Left() != 0 || primary.Ledger.Head.ChainHash.AsSpan().SequenceEqual(File.Ledger.Head.ChainHash) == false))
        {
            return new FailoverEvent.Mismatched("the ends differ");
        }

        // The row that is the decision; its answer may be lost.
        if (random.Next(12) == 0)
        {
            primary.Kill();
            return new FailoverEvent.RecoveryFailed("no answer");
        }

        (primary.Ledger.Epoch, primary.Ledger.IsFallbackReign) = (offered, false);
        if (random.Next(12) == 0)
        {
            primary.Kill();
            return new FailoverEvent.RecoveryFailed("the answer was lost");
        }

        CrashPerhaps();
        (File.Ledger.Epoch, File.Ledger.IsFallbackReign, File.Cursor) = (offered, false, 0);
        File.Replay.Clear();
        File.Memory = _memory with { State = FailoverState.Primary };
        (_primaryEpoch, _isClaimed, _mustSettle) = (offered, true, true);
        CrashPerhaps();
        return new FailoverEvent.SwitchedBack();
    }

    /// <summary>It is not known whether the primary recorded the epoch that it was offered: the fallback takes the one after it.</summary>
    private void Renew()
    {
        File.Epoch++;
        File.Ledger.Epoch = File.Epoch;
    }

    private void Happen(FailoverEvent? happened, TimeSpan now)
    {
        if (happened is null)
        {
            return;
        }

        var before = _memory.State;
        var step = _machine.Next(_memory, happened, now);
        _memory = step.Memory;
        if (before != _memory.State)
        {
            File.Memory = _memory;
            CrashPerhaps();
            if (before == FailoverState.Switchback && _memory.State == FailoverState.Fallback)
            {
                Renew();
            }
        }

        foreach (var effect in step.Effects)
        {
            Do(effect, before);
        }
    }

    private void Do(FailoverEffect effect, FailoverState from)
    {
        switch (effect)
        {
            case FailoverEffect.CancelAction:
                _action = null;
                break;
            case FailoverEffect.Promote or FailoverEffect.DrainAndPromote:
                _action = FailoverEffect.Promote;
                break;
            case FailoverEffect.Recover:
                (_action, _isFenced) = (effect, false);
                break;
            case FailoverEffect.SwitchBack:
                _action = effect;
                break;
            case FailoverEffect.WriteToPrimary when from != FailoverState.Switchback && !_isClaimed:
                break; // The next probe claims the ledger and opens the gate.
            case FailoverEffect.WriteToPrimary:
                // An answer may have been lost: the connection that it was to come on is ended before anything else is done.
                if (mutant != Mutant.NoFence)
                {
                    primary.EndWriters(name);
                }

                _gate = effect;
                break;
            case FailoverEffect.WriteToFallback:
                (_gate, _isClaimed) = (effect, _isClaimed && from != FailoverState.Promoting);
                break;
            case FailoverEffect.ForwardWrites:
                _gate = effect;
                StepBack(from);
                break;
            case FailoverEffect.RefuseWrites:
                _gate = effect;
                if (_memory.State == FailoverState.Fenced && !from.IsOnFallback())
                {
                    Distrust();
                }

                break;
            default:
                _gate = effect;
                break;
        }
    }

    private void CrashPerhaps()
    {
        if (random.Next(150) == 0)
        {
            throw new AppCrashedException(this);
        }
    }
}
