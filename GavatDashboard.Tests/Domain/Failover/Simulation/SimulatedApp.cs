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
}

/// <summary>The process died at this point.</summary>
internal sealed class AppCrashedException : Exception;

/// <summary>
/// The application: the real machine and the real recovery plan, and the steps between them that write. It may die between any
/// two of them; what it then knows is what the file and the primary hold.
/// </summary>
internal sealed class SimulatedApp(SimulatedPrimary primary, SimulatedFile file, Random random, Mutant mutant)
{
    private const string Me = "me";
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

    public FailoverState State => _memory.State;

    public bool WritesToPrimary => _gate == FailoverEffect.WriteToPrimary && _memory.State == FailoverState.Primary;

    /// <summary>The epoch under which an answer may be given now.</summary>
    public long Reign => _memory.State.IsOnFallback() ? file.Ledger.Epoch : _primaryEpoch;

    private bool LooksKeysUp => mutant != Mutant.NoDedupe;

    /// <summary>Starts on what the last run left.</summary>
    public void Start(TimeSpan now)
    {
        _memory = FailoverMachine.Resume(file.Memory, now);
        if (file.Ledger.IsFallbackReign != _memory.State.IsOnFallback() && _memory.State != FailoverState.Fenced)
        {
            _memory = _memory with { State = file.Ledger.IsFallbackReign ? FailoverState.Fallback : FailoverState.Primary };
        }

        (_gate, _action, _primaryEpoch) = (null, null, 0);
        if (_memory.State.IsOnFallback())
        {
            if (file.Epoch > file.Ledger.Epoch)
            {
                Renew();
            }

            _gate = FailoverEffect.WriteToFallback;
        }
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
    }

    /// <summary>Does an operation.</summary>
    /// <returns>The answer, or null where none can be given now.</returns>
    public SimulatedAnswer? Write(SimulatedOperation operation, TimeSpan now)
    {
        if (_gate == FailoverEffect.WriteToFallback)
        {
            return WriteToFallback(operation);
        }

        if (_gate != FailoverEffect.WriteToPrimary)
        {
            return null;
        }

        if (WriteToPrimary(operation) is { } answer)
        {
            return answer;
        }

        Happen(new FailoverEvent.WriteFailed("no answer"), now);
        return null;
    }

    private SimulatedAnswer? WriteToPrimary(SimulatedOperation operation)
    {
        if (!primary.Answers || primary.Ledger.Epoch != _primaryEpoch)
        {
            return null;
        }

        Settle();
        var (batch, answer) = primary.Ledger.Decide(operation, _primaryEpoch, LooksKeysUp);
        if (batch is null)
        {
            return answer;
        }

        CrashPerhaps();
        var notes = mutant != Mutant.AcknowledgeBeforeMirror;
        if (notes)
        {
            file.Note = batch;
            CrashPerhaps();
        }

        if (primary.Commit(batch, _primaryEpoch) != true)
        {
            return null;
        }

        CrashPerhaps();
        if (notes || random.Next(3) > 0)
        {
            file.Ledger.TryWrite(batch, file.Ledger.Epoch);
            file.Note = null;
        }

        CrashPerhaps();
        return answer;
    }

    /// <summary>The note is brought to where the primary's head says.</summary>
    private void Settle()
    {
        if (file.Note is { } note)
        {
            if (note.Revision == primary.Ledger.Revision && note.Chain == primary.Ledger.Log[^1].Chain)
            {
                file.Ledger.TryWrite(note, file.Ledger.Epoch);
            }

            file.Note = null;
        }

        if (mutant == Mutant.AcknowledgeBeforeMirror)
        {
            foreach (var missed in primary.Ledger.Log.Skip(file.Ledger.Log.Count).ToList())
            {
                if (random.Next(3) == 0)
                {
                    return;
                }

                file.Ledger.TryWrite(missed, file.Ledger.Epoch);
            }
        }
    }

    private SimulatedAnswer WriteToFallback(SimulatedOperation operation)
    {
        var (batch, answer) = file.Ledger.Decide(operation, file.Ledger.Epoch, LooksKeysUp);
        CrashPerhaps();
        if (batch is not null)
        {
            // One transaction of the file.
            file.Ledger.TryWrite(batch, file.Ledger.Epoch);
            file.Replay.Add(batch);
        }

        CrashPerhaps();
        return answer;
    }

    private void Probe(TimeSpan now)
    {
        if (!primary.Answers)
        {
            Happen(new FailoverEvent.ProbeFailed("no answer"), now);
            return;
        }

        if (!_memory.State.IsOnFallback() && _memory.State is not (FailoverState.Promoting or FailoverState.Fenced) && _primaryEpoch != primary.Ledger.Epoch)
        {
            primary.Ledger.Owner = Me;
            _primaryEpoch = primary.Ledger.Epoch;
            file.Epoch = Math.Max(file.Epoch, _primaryEpoch);
        }

        Happen(new FailoverEvent.ProbeSucceeded(), now);
        if (_memory.State == FailoverState.Primary && _gate is null or FailoverEffect.HoldWrites && _memory.State == FailoverState.Primary)
        {
            Do(FailoverEffect.WriteToPrimary);
        }
    }

    private FailoverEvent Promote()
    {
        if (!file.IsPromotable)
        {
            return new FailoverEvent.PromotionRefused("no marker");
        }

        CrashPerhaps();
        // One transaction of the file.
        if (file.Note is { } note)
        {
            if (file.Ledger.TryWrite(note, file.Ledger.Epoch))
            {
                file.Replay.Add(note);
            }

            file.Note = null;
        }

        file.Epoch = Math.Max(file.Ledger.Epoch, file.Epoch) + 1;
        (file.Ledger.Epoch, file.Ledger.IsFallbackReign, file.Memory) = (file.Epoch, true, _memory with { State = FailoverState.Fallback });
        CrashPerhaps();
        return new FailoverEvent.Promoted();
    }

    /// <summary>Fences, finds the head, writes a few batches: a tick's worth of recovery.</summary>
    private FailoverEvent? RecoverAStep()
    {
        if (!primary.Answers)
        {
            _action = null;
            return new FailoverEvent.RecoveryFailed("no answer");
        }

        if (!_isFenced)
        {
            if (RecoveryPlan.FindFence(primary.Ledger.Epoch, primary.Ledger.Owner, file.Ledger.Epoch, Me) is { } fence && mutant != Mutant.NoFence)
            {
                _action = null;
                return new FailoverEvent.Superseded(fence);
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

        Replay(BatchesATick);
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

        primary.EndWriters();
        (primary.Ledger.Epoch, primary.Ledger.Owner, primary.Ledger.IsFallbackReign) = (file.Ledger.Epoch, Me, true);
    }

    private string? FindDifference()
    {
        var head = primary.Ledger.Head;
        var before = file.Ledger.Log.Count - file.Replay.Count;
        return RecoveryPlan.FindDifference(head, HeadAt(before), file.Replay.Exists(batch => batch.Revision == head.Revision) ? HeadAt((int)head.Revision) : null);
    }

    private LedgerHead HeadAt(int count) => count == 0
        ? LedgerHead.Empty with { ChainHash = new byte[8], Epoch = 1 }
        : new LedgerHead(1, file.Ledger.Log[count - 1].Revision, BitConverter.GetBytes(file.Ledger.Log[count - 1].Chain), file.Ledger.Log[count - 1].Revision);

    private int Left() => file.Ledger.Log.Count - primary.Ledger.Log.Count;

    /// <summary>Writes the next batches to the primary as one transaction that moves its head, which is the cursor.</summary>
    private void Replay(int count)
    {
        if (mutant == Mutant.CursorOutsideTheTransaction)
        {
            foreach (var batch in file.Replay.Skip(file.Cursor).Take(count).ToList())
            {
                primary.Ledger.Write(batch, batch.Answer.Balance);
                CrashPerhaps();
                file.Cursor++;
            }

            return;
        }

        var next = file.Replay.Where(batch => batch.Revision > primary.Ledger.Revision).Take(count).ToList();
        foreach (var batch in next)
        {
            // An account that several batches change is written once, as the last of them left it.
            var last = mutant == Mutant.NoGrouping
                ? next.First(other => other.Operation.Account == batch.Operation.Account && other.Answer.IsPosted == batch.Answer.IsPosted)
                : next.Last(other => other.Operation.Account == batch.Operation.Account && other.Answer.IsPosted == batch.Answer.IsPosted);
            primary.Ledger.Write(batch, last.Answer.Balance);
        }

        CrashPerhaps();
    }

    private FailoverEvent HandOver()
    {
        if (!primary.Answers)
        {
            return new FailoverEvent.RecoveryFailed("no answer");
        }

        var offered = file.Ledger.Epoch + 1;
        (file.Epoch, file.Memory) = (offered, _memory);
        CrashPerhaps();
        Replay(int.MaxValue);
        if (mutant is Mutant.None && (Left() != 0 || primary.Ledger.Head.ChainHash.AsSpan().SequenceEqual(file.Ledger.Head.ChainHash) == false))
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
        (file.Ledger.Epoch, file.Ledger.IsFallbackReign, file.Cursor) = (offered, false, 0);
        file.Replay.Clear();
        file.Memory = _memory with { State = FailoverState.Primary };
        _primaryEpoch = offered;
        CrashPerhaps();
        return new FailoverEvent.SwitchedBack();
    }

    /// <summary>It is not known whether the primary recorded the epoch that it was offered: the fallback takes the one after it.</summary>
    private void Renew()
    {
        file.Epoch++;
        file.Ledger.Epoch = file.Epoch;
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
            file.Memory = _memory;
            CrashPerhaps();
            if (before == FailoverState.Switchback && _memory.State == FailoverState.Fallback)
            {
                Renew();
            }
        }

        foreach (var effect in step.Effects)
        {
            Do(effect);
        }
    }

    private void Do(FailoverEffect effect)
    {
        switch (effect)
        {
            case FailoverEffect.CancelAction:
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
            case FailoverEffect.WriteToPrimary:
                // An answer may have been lost: the connection that it was to come on is ended before anything else is done.
                if (mutant != Mutant.NoFence)
                {
                    primary.EndWriters();
                }

                _gate = effect;
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
            throw new AppCrashedException();
        }
    }
}
