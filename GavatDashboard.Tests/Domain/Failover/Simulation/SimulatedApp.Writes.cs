using GavatDashboard.Domain.Failover;

namespace GavatDashboard.Tests.Domain.Failover.Simulation;

/// <content>The writer: two batches on their way at once, each noted before it is sent, and acknowledged before it is in the file's tables.</content>
internal sealed partial class SimulatedApp
{
    private const int InDoubtAtMost = 2;

    /// <summary>So many of the file's notes are known to be in the primary.</summary>
    private int _committed;

    /// <summary>Whether the primary's head has to tell which of the notes in doubt it has.</summary>
    private bool _mustSettle;

    private bool LooksKeysUp => mutant != Mutant.NoDedupe;

    private bool IsNoting => mutant != Mutant.AcknowledgeBeforeMirror && File.IsPromotable;

    /// <summary>Does one or two operations that were asked for together.</summary>
    /// <param name="operations">The operations, in their order.</param>
    /// <param name="acknowledge">Hears each answer at the moment at which it is given: what comes after may never come.</param>
    /// <param name="now">The time.</param>
    public void Write(IReadOnlyList<SimulatedOperation> operations, Action<SimulatedOperation, SimulatedAnswer> acknowledge, TimeSpan now)
    {
        switch (_gate)
        {
            case FailoverEffect.WriteToFallback:
                foreach (var operation in operations)
                {
                    acknowledge(operation, WriteToFallback(operation));
                }

                break;
            case FailoverEffect.ForwardWrites:
                Forward(operations, acknowledge, now);
                break;
            case FailoverEffect.WriteToPrimary when !WriteToPrimary(operations, acknowledge):
                _mustSettle = true;
                Happen(new FailoverEvent.WriteFailed("no answer"), now);
                break;
            default:
                break;
        }
    }

    /// <returns>False where an answer did not come.</returns>
    private bool WriteToPrimary(IReadOnlyList<SimulatedOperation> operations, Action<SimulatedOperation, SimulatedAnswer> acknowledge)
    {
        if (!Reaches || primary.Ledger.Epoch != _primaryEpoch)
        {
            return false;
        }

        Settle();
        var onTheirWay = new List<SimulatedBatch>();
        var resting = new List<(SimulatedOperation Operation, SimulatedAnswer Answer)>();
        foreach (var operation in operations)
        {
            var (batch, answer) = primary.Ledger.Decide(operation, _primaryEpoch, LooksKeysUp, onTheirWay.LastOrDefault());
            if (batch is null)
            {
                // It rests on what is on its way.
                resting.Add((operation, answer));
                continue;
            }

            CrashPerhaps();
            Note(batch);
            onTheirWay.Add(batch);
        }

        if (!Send(onTheirWay, acknowledge))
        {
            return false;
        }

        resting.ForEach(each => acknowledge(each.Operation, each.Answer));
        return true;
    }

    private bool Send(List<SimulatedBatch> batches, Action<SimulatedOperation, SimulatedAnswer> acknowledge)
    {
        // On connections of their own they may all be under way before the first is answered; the head lets the second in only after the first.
        var areTogether = random.Next(2) == 0;
        for (var i = 0; i < batches.Count; i++)
        {
            CrashPerhaps();
            if (Commit(batches[i]) is var done && done == true)
            {
                Confirm(batches[i]);
                acknowledge(batches[i].Operation, batches[i].Answer);
                continue;
            }

            if (areTogether && done is null)
            {
                foreach (var later in batches.Skip(i + 1))
                {
                    Commit(later);
                }
            }
            else
            {
                // What is certain not to be there is withdrawn, and what was noted after it.
                Withdraw(batches.Count - i - (done is null ? 1 : 0));
            }

            return false;
        }

        return true;
    }

    private bool? Commit(SimulatedBatch batch)
    {
        if (random.Next(300) == 0)
        {
            primary.Delay(name, batch, _primaryEpoch);
            throw new AppFrozenException(this);
        }

        return IsCutOff ? null : primary.Commit(name, batch, _primaryEpoch);
    }

    private void Note(SimulatedBatch batch)
    {
        if (!IsNoting)
        {
            return;
        }

        // What is surely committed goes into the tables behind the writer's back, sooner or later.
        if (random.Next(2) == 0)
        {
            ApplyCommitted();
        }

        File.Notes.Add(batch);
        CrashPerhaps();
    }

    private void Confirm(SimulatedBatch batch)
    {
        if (IsNoting)
        {
            _committed++;
        }
        else if (mutant == Mutant.AcknowledgeBeforeMirror && random.Next(3) > 0)
        {
            File.Ledger.TryWrite(batch, File.Ledger.Epoch);
        }
    }

    private void Withdraw(int count)
    {
        if (IsNoting && count > 0)
        {
            CrashPerhaps();
            File.Notes.RemoveRange(File.Notes.Count - count, count);
        }
    }

    private void ApplyCommitted()
    {
        foreach (var note in File.Notes.Take(_committed))
        {
            File.Ledger.TryWrite(note, File.Ledger.Epoch);
        }

        File.Notes.RemoveRange(0, _committed);
        _committed = 0;
    }

    /// <summary>The notes in doubt are brought to where the primary's head says. A file that stands elsewhere may not take over.</summary>
    private void Settle()
    {
        if (mutant == Mutant.AcknowledgeBeforeMirror)
        {
            foreach (var missed in primary.Ledger.Log.Skip(File.Ledger.Log.Count).ToList())
            {
                if (random.Next(3) == 0)
                {
                    return;
                }

                File.Ledger.TryWrite(missed, File.Ledger.Epoch);
            }
        }

        if (!_mustSettle || !IsNoting)
        {
            return;
        }

        _mustSettle = false;
        while (_committed < File.Notes.Count && !IsMirrorAt(primary.Ledger))
        {
            _committed++;
        }

        if (IsMirrorAt(primary.Ledger))
        {
            File.Notes.RemoveRange(_committed, File.Notes.Count - _committed);
        }
        else
        {
            Distrust();
        }
    }

    private bool IsMirrorAt(SimulatedLedger ledger) => _committed == 0
        ? File.Ledger.Revision == ledger.Revision && File.Ledger.Chain == ledger.Chain
        : File.Notes[_committed - 1].Revision == ledger.Revision && File.Notes[_committed - 1].Chain == ledger.Chain;

    private SimulatedAnswer WriteToFallback(SimulatedOperation operation)
    {
        var (batch, answer) = File.Ledger.Decide(operation, File.Ledger.Epoch, LooksKeysUp);
        CrashPerhaps();
        if (batch is not null)
        {
            // One transaction of the file.
            File.Ledger.TryWrite(batch, File.Ledger.Epoch);
            File.Replay.Add(batch);
        }

        CrashPerhaps();
        return answer;
    }
}
