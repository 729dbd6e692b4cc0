using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Failover;
using GavatDashboard.Stores.Mirror;

namespace GavatDashboard.Features.Failover;

/// <summary>What one recovery found and did.</summary>
/// <param name="instance">This instance.</param>
/// <param name="epoch">The fallback's epoch, under which the primary is written.</param>
/// <param name="startedAt">When it began (UTC).</param>
/// <param name="changed">Hears of progress.</param>
internal sealed class RecoveryRun(string instance, long epoch, DateTimeOffset startedAt, Action<RecoveryRun> changed)
{
    private long _amountAtComparison;

    public Guid Id { get; } = Guid.CreateVersion7();

    public string Instance => instance;

    public long Epoch => epoch;

    public DateTimeOffset StartedAt => startedAt;

    /// <summary>Where the primary stands.</summary>
    public LedgerHead Head { get; set; } = LedgerHead.Empty;

    /// <summary>The step, and how much of it is done.</summary>
    public (string Name, long Done, long Total) Step { get; private set; } = ("starting", 0, 0);

    /// <summary>What the primary lacks.</summary>
    public FailoverBacklog Backlog { get; private set; } = new(0, 0);

    /// <summary>Operations written to the primary, and what they moved, in coins.</summary>
    public long Replayed { get; private set; }

    public long ReplayedAmount { get; private set; }

    /// <summary>Operations that it held already.</summary>
    public long AlreadyThere { get; set; }

    /// <summary>The sum of all balances in the primary before, in coins.</summary>
    public long TotalBefore { get; set; }

    /// <summary>What the comparison of both ledgers found; null before it.</summary>
    public ComparedLedgers? Compared { get; private set; }

    /// <summary>Accounts that were changed in the primary since the comparison.</summary>
    public HashSet<string> Touched { get; } = new(StringComparer.Ordinal);

    /// <summary>The sum of all balances in the primary as it stands, in coins: what was counted, and what was written since.</summary>
    public long? TotalAfter => Compared is { } compared ? compared.PrimaryTotal + ReplayedAmount - _amountAtComparison : null;

    public void Report(string step, long done, long total)
    {
        Step = (step, done, total);
        changed(this);
    }

    /// <summary>Takes the comparison in; what is written from now on is compared at the end.</summary>
    public void Found(ComparedLedgers compared)
    {
        Compared = compared;
        Touched.Clear();
        _amountAtComparison = ReplayedAmount;
    }

    public void Left(long batches, long operations) => Backlog = new FailoverBacklog(batches, operations);

    public void Wrote(IReadOnlyList<LedgerDelta> batches)
    {
        Head = batches[^1].After;
        foreach (var batch in batches)
        {
            Replayed += ReplayLog.OperationsOf(batch);
            ReplayedAmount += batch.Entries.Sum(entry => entry.Amount.Value);
            Touched.UnionWith(batch.Accounts.Select(account => account.UserId));
        }
    }
}
