using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>Compares the entries of the two ledgers, place by place, as far as the fallback has come. What each holds in them its own chain proves.</summary>
/// <param name="primary">The ledger.</param>
/// <param name="fallback">The ledger that mirrors it.</param>
/// <param name="whyNot">Why they cannot be compared now, or null where they can.</param>
internal sealed class MirrorCheck(ILedgerStorage primary, ILedgerStorage fallback, Func<Finding?> whyNot) : IReconciliationCheck
{
    private const int EntriesAStep = 1_000;

    public string Name => CheckNames.Mirror;

    public async Task<CheckStep> StepAsync(string position, CancellationToken cancellationToken)
    {
        if (whyNot() is { } reason)
        {
            return CheckStep.Wait(reason);
        }

        var after = position.Length == 0 ? 0 : long.Parse(position, CultureInfo.InvariantCulture);

        // The mirror first: whatever it holds the primary held before.
        var copy = await fallback.ReadLogAsync(after, EntriesAStep, cancellationToken);
        var ledger = await primary.ReadLogAsync(after, EntriesAStep, cancellationToken);
        if (whyNot() is { } since)
        {
            return CheckStep.Wait(since);
        }

        var isLast = copy.Entries.Count < EntriesAStep && (ledger.Entries.Count < EntriesAStep || ledger.Entries[^1].Sequence >= copy.Head.Sequence);
        var through = Math.Min(EndOf(copy), EndOf(ledger));
        var (held, expected) = (Through(copy, through), Through(ledger, through));
        return EntryDifference.Find(Places.Fallback, held, expected, isSame: (a, b) => a.Id == b.Id && a.ChainHash.AsSpan().SequenceEqual(b.ChainHash)) is { } difference
            ? CheckStep.Found(difference.Fitting, difference.Finding)
            : isLast ? CheckStep.End(expected.Count) : CheckStep.GoOn(expected.Count, through.ToString(CultureInfo.InvariantCulture));
    }

    // A stretch that is not full reaches to the end of its log.
    private static long EndOf(LedgerStretch stretch) => stretch.Entries.Count < EntriesAStep ? stretch.Head.Sequence : stretch.Entries[^1].Sequence;

    private static List<Entry> Through(LedgerStretch stretch, long through) => [.. stretch.Entries.TakeWhile(entry => entry.Sequence <= through)];
}
