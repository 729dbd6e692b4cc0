using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
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
    private long _keptAtComparison;
    private long _foundAtComparison;

    public Guid Id { get; } = Guid.CreateVersion7();

    public string Instance => instance;

    public long Epoch => epoch;

    public DateTimeOffset StartedAt => startedAt;

    /// <summary>Where the primary stands.</summary>
    public LedgerHead Head { get; set; } = LedgerHead.Empty;

    /// <summary>The end of each ledger, read there last.</summary>
    public LedgerHead? PrimaryEnd { get; set; }

    public LedgerHead? FallbackEnd { get; set; }

    /// <summary>The revision up to which what the fallback keeps was looked up in the primary.</summary>
    public long LookedUpThrough { get; private set; } = -1;

    /// <summary>Operations that the fallback keeps and that were looked up.</summary>
    public long Kept { get; private set; }

    /// <summary>Those of them that the primary holds as they were acknowledged.</summary>
    public long Found { get; private set; }

    /// <summary>How fast it goes.</summary>
    public ReplayPace Pace { get; } = new();

    /// <summary>Where the time of the switch-back went; null before it.</summary>
    public SwitchTimes? SwitchTimes { get; set; }

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

    /// <summary>The sum of all balances in the primary, in coins: what was counted there, and the entries that were found there since.</summary>
    public long? PrimaryTotal => Compared is { } compared ? compared.PrimaryTotal + FoundAmount - _foundAtComparison : null;

    /// <summary>The sum of all balances in the fallback, in coins: what was counted there, and the entries that it kept since.</summary>
    public long? FallbackTotal => Compared is { } compared ? compared.FallbackTotal + KeptAmount - _keptAtComparison : null;

    private long KeptAmount { get; set; }

    private long FoundAmount { get; set; }

    public void Report(string step, long done, long total)
    {
        Step = (step, done, total);
        changed(this);
    }

    /// <summary>Takes the comparison in, up to which all was looked up; what is written from now on is compared at the end.</summary>
    public void Agreed(ComparedLedgers compared)
    {
        Compared = compared;
        Touched.Clear();
        (_keptAtComparison, _foundAtComparison) = (KeptAmount, FoundAmount);
    }

    /// <summary>Takes in what of some kept batches was found in the primary.</summary>
    public void LookedUp(IReadOnlyList<LedgerDelta> kept, FoundOperations found)
    {
        LookedUpThrough = kept[^1].After.Revision;
        Kept += kept.Sum(batch => (long)ReplayLog.OperationsOf(batch));
        KeptAmount += kept.Sum(AmountOf);
        Found += found.Operations;
        FoundAmount += found.Amount;
    }

    public void Left(long batches, long operations) => Backlog = new FailoverBacklog(batches, operations);

    public void Wrote(IReadOnlyList<LedgerDelta> batches)
    {
        Head = batches[^1].After;
        foreach (var batch in batches)
        {
            Replayed += ReplayLog.OperationsOf(batch);
            ReplayedAmount += AmountOf(batch);
            Touched.UnionWith(batch.Accounts.Select(account => account.UserId));
        }
    }

    /// <summary>The proof of it, at its end.</summary>
    /// <param name="epochAfter">The epoch under which the primary is written from now on.</param>
    /// <param name="duplicates">Operations that the fallback answered with their first answer.</param>
    /// <param name="outOfService">How long no writes were taken.</param>
    /// <param name="endedAt">Now (UTC).</param>
    public FailoverProof Prove(long epochAfter, long duplicates, TimeSpan outOfService, DateTimeOffset endedAt)
    {
        var (primaryEnd, fallbackEnd) = (HashOf(PrimaryEnd), HashOf(FallbackEnd));
        var lost = Kept - Found;
        return new FailoverProof
        {
            Id = Id,
            Action = FailoverAction.Recover,
            Outcome = "The primary was taken back.",
            IsClean = lost == 0 && primaryEnd == fallbackEnd && PrimaryTotal == FallbackTotal && PrimaryTotal == TotalBefore + ReplayedAmount,
            StartedAt = StartedAt,
            EndedAt = endedAt,
            EpochBefore = Epoch,
            EpochAfter = epochAfter,
            Acknowledged = Kept,
            Replayed = Replayed,
            AlreadyThere = AlreadyThere,
            DuplicatesRefused = duplicates,
            TotalBefore = TotalBefore,
            ReplayedAmount = ReplayedAmount,
            TotalAfter = PrimaryTotal,
            FallbackTotal = FallbackTotal,
            AccountsCompared = (Compared?.Accounts ?? 0) + Touched.Count,
            PrimaryChainHead = primaryEnd,
            FallbackChainHead = fallbackEnd,
            OutOfServiceMs = outOfService.TotalMilliseconds,
            SwitchTimes = SwitchTimes,
            Lost = lost,
        };
    }

    public static string HashOf(LedgerHead? head) => head is null ? string.Empty : Convert.ToHexStringLower(head.ChainHash);

    private static long AmountOf(LedgerDelta batch) => batch.Entries.Sum(entry => entry.Amount.Value);
}
