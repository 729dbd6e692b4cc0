using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;

namespace GavatDashboard.Tests.Domain.Failover.Simulation;

/// <summary>What was asked of the ledger under a key.</summary>
internal sealed record SimulatedOperation(int Key, int Account, int Amount);

/// <summary>What a caller was told: whether it was posted, and the balance after it.</summary>
internal sealed record SimulatedAnswer(bool IsPosted, int Balance);

/// <summary>A decided batch; each holds one operation.</summary>
internal sealed record SimulatedBatch(SimulatedOperation Operation, SimulatedAnswer Answer, long Revision, long Epoch, long Chain);

/// <summary>A ledger as both stores keep it: a log, the balances, and the head with its reign. All of it is durable.</summary>
internal sealed class SimulatedLedger
{
    private readonly Dictionary<int, SimulatedBatch> _byKey = [];

    public List<SimulatedBatch> Log { get; } = [];

    public Dictionary<int, int> Balances { get; } = [];

    public long Epoch { get; set; } = 1;

    public string Owner { get; set; } = string.Empty;

    public bool IsFallbackReign { get; set; }

    public long Revision => Log.Count == 0 ? 0 : Log[^1].Revision;

    public long Chain => Log.Count == 0 ? 17 : Log[^1].Chain;

    public LedgerHead Head => new(Epoch, Revision, BitConverter.GetBytes(Log.Count == 0 ? 0 : Log[^1].Chain), Revision);

    /// <summary>Decides an operation, or gives the first answer under its key again.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="epoch">The reign under which it is decided.</param>
    /// <param name="looksKeysUp">Whether a key that was used is noticed.</param>
    /// <param name="upon">The batch that is on its way, and upon which this one is decided; null where none is.</param>
    public (SimulatedBatch? Batch, SimulatedAnswer Answer) Decide(SimulatedOperation operation, long epoch, bool looksKeysUp, SimulatedBatch? upon = null)
    {
        if (looksKeysUp && (upon?.Operation.Key == operation.Key ? upon : _byKey.GetValueOrDefault(operation.Key)) is { } known)
        {
            return (null, known.Answer);
        }

        var balance = upon is { Answer.IsPosted: true } && upon.Operation.Account == operation.Account ? upon.Answer.Balance : Balances.GetValueOrDefault(operation.Account);
        var answer = balance + operation.Amount < 0 ? new SimulatedAnswer(false, balance) : new SimulatedAnswer(true, balance + operation.Amount);
        var chain = unchecked(((upon?.Chain ?? Chain) * 1_000_003) ^ ((operation.Key * 31L) + answer.Balance));
        return (new SimulatedBatch(operation, answer, (upon?.Revision ?? Revision) + 1, epoch, chain), answer);
    }

    /// <summary>Writes a batch; refuses one that was decided on another head, as the stores' statement does.</summary>
    public bool TryWrite(SimulatedBatch batch, long epoch)
    {
        if (batch.Revision != Revision + 1 || epoch != Epoch)
        {
            return false;
        }

        Write(batch, batch.Answer.Balance);
        return true;
    }

    /// <summary>Writes a batch whatever the head says.</summary>
    public void Write(SimulatedBatch batch, int balance)
    {
        Log.Add(batch);
        _byKey[batch.Operation.Key] = batch;
        if (batch.Answer.IsPosted)
        {
            Balances[batch.Operation.Account] = balance;
        }
    }

    /// <summary>A copy of what it holds, under the same reign.</summary>
    public SimulatedLedger Copy()
    {
        var copy = new SimulatedLedger { Epoch = Epoch };
        foreach (var batch in Log)
        {
            copy.Write(batch, batch.Answer.Balance);
        }

        return copy;
    }
}

/// <summary>The primary: it can be dead or hung, lose answers, and do later what it was asked before it hung.</summary>
internal sealed class SimulatedPrimary(Random random)
{
    private readonly List<(string Writer, SimulatedBatch Batch, long Epoch)> _late = [];

    public SimulatedLedger Ledger { get; } = new();

    public bool IsDead { get; private set; }

    public bool IsHung { get; private set; }

    public bool Answers => !IsDead && !IsHung;

    public void Kill() => (IsDead, IsHung) = (true, false);

    public void Hang() => IsHung = !IsDead;

    /// <summary>Comes back; what a hung one was asked for may still be done. A killed one has forgotten it.</summary>
    public void Return()
    {
        if (IsDead)
        {
            _late.Clear();
        }

        (IsDead, IsHung) = (false, false);
    }

    /// <summary>Does what was asked before it hung, if that still fits its head.</summary>
    public void Tick()
    {
        if (Answers && _late.Count > 0 && random.Next(4) == 0)
        {
            var (_, batch, epoch) = _late[0];
            _late.RemoveAt(0);
            Ledger.TryWrite(batch, epoch);
        }
    }

    /// <summary>Ends the connections of a writer that is gone; null for those of all.</summary>
    public void EndWriters(string? writer) => _late.RemoveAll(each => writer is null || each.Writer == writer);

    /// <summary>Has a batch on its way, which it may do later: its writer stands still, or cannot be heard.</summary>
    public void Delay(string writer, SimulatedBatch batch, long epoch) => _late.Add((writer, batch, epoch));

    /// <summary>Commits a batch.</summary>
    /// <returns>True when it answered that it did; false when it refused; null when no answer came.</returns>
    public bool? Commit(string writer, SimulatedBatch batch, long epoch)
    {
        if (IsDead)
        {
            return null;
        }

        if (IsHung)
        {
            Delay(writer, batch, epoch);
            return null;
        }

        switch (random.Next(40))
        {
            case 0:
                Kill();
                return null;
            case 1:
                Ledger.TryWrite(batch, epoch);
                Kill();
                return null;
            case 2:
                Ledger.TryWrite(batch, epoch);
                return null;
            case 3:
                Delay(writer, batch, epoch);
                Hang();
                return null;
            default:
                return Ledger.TryWrite(batch, epoch);
        }
    }
}

/// <summary>The fallback's file: the mirrored ledger, the notes that its tables lack, what is kept for the primary, and the coordinator's record.</summary>
internal sealed class SimulatedFile
{
    public SimulatedLedger Ledger { get; private set; } = new();

    /// <summary>Noted and not in the tables, the oldest first. Of the last two nobody knows after a crash; those before them were committed.</summary>
    public List<SimulatedBatch> Notes { get; } = [];

    public List<SimulatedBatch> Replay { get; } = [];

    /// <summary>The marker: it holds all that was acknowledged. A file that was never made from the primary does not.</summary>
    public bool IsPromotable { get; set; }

    public FailoverMemory Memory { get; set; } = new();

    public long Epoch { get; set; } = 1;

    /// <summary>The epoch at which it gave the ledger up; null where it did not, or has it again.</summary>
    public long? ReleasedEpoch { get; set; }

    /// <summary>The cursor of the mutant that keeps it here instead of in the primary's own transaction.</summary>
    public int Cursor { get; set; }

    /// <summary>Is made anew from the primary.</summary>
    public void CopyFrom(SimulatedLedger primary)
    {
        Ledger = primary.Copy();
        Notes.Clear();
        Replay.Clear();
        IsPromotable = true;
    }
}
