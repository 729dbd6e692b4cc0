using GavatDashboard.Domain.Coins;

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

    public LedgerHead Head => new(Epoch, Revision, BitConverter.GetBytes(Log.Count == 0 ? 0 : Log[^1].Chain), Revision);

    /// <summary>Decides an operation, or gives the first answer under its key again.</summary>
    public (SimulatedBatch? Batch, SimulatedAnswer Answer) Decide(SimulatedOperation operation, long epoch, bool looksKeysUp)
    {
        if (looksKeysUp && _byKey.TryGetValue(operation.Key, out var known))
        {
            return (null, known.Answer);
        }

        var balance = Balances.GetValueOrDefault(operation.Account);
        var answer = balance + operation.Amount < 0 ? new SimulatedAnswer(false, balance) : new SimulatedAnswer(true, balance + operation.Amount);
        var chain = unchecked(((Log.Count == 0 ? 17 : Log[^1].Chain) * 1_000_003) ^ ((operation.Key * 31L) + answer.Balance));
        return (new SimulatedBatch(operation, answer, Revision + 1, epoch, chain), answer);
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
}

/// <summary>The primary: it can be dead or hung, lose answers, and do later what it was asked before it hung.</summary>
internal sealed class SimulatedPrimary(Random random)
{
    private readonly List<(SimulatedBatch Batch, long Epoch)> _late = [];

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
            var (batch, epoch) = _late[0];
            _late.RemoveAt(0);
            Ledger.TryWrite(batch, epoch);
        }
    }

    /// <summary>Ends the connections of writers that are gone.</summary>
    public void EndWriters() => _late.Clear();

    /// <summary>Commits a batch.</summary>
    /// <returns>True when it answered that it did; false when it refused; null when no answer came.</returns>
    public bool? Commit(SimulatedBatch batch, long epoch)
    {
        if (IsDead)
        {
            return null;
        }

        if (IsHung)
        {
            _late.Add((batch, epoch));
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
                _late.Add((batch, epoch));
                Hang();
                return null;
            default:
                return Ledger.TryWrite(batch, epoch);
        }
    }
}

/// <summary>The fallback's file: the mirrored ledger, the note of the batch on its way, what is kept for the primary, and the coordinator's record.</summary>
internal sealed class SimulatedFile
{
    public SimulatedLedger Ledger { get; } = new();

    public SimulatedBatch? Note { get; set; }

    public List<SimulatedBatch> Replay { get; } = [];

    public bool IsPromotable { get; set; } = true;

    public GavatDashboard.Domain.Failover.FailoverMemory Memory { get; set; } = new();

    public long Epoch { get; set; } = 1;

    /// <summary>The cursor of the mutant that keeps it here instead of in the primary's own transaction.</summary>
    public int Cursor { get; set; }
}
