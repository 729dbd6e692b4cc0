using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>Walks the chain of hashes of one ledger, entry by entry, to the recorded head.</summary>
/// <param name="name">The check's name.</param>
/// <param name="ledger">The ledger.</param>
/// <param name="whyNot">Why the ledger cannot be checked now, or null where it can.</param>
internal sealed class ChainCheck(string name, ILedgerStorage ledger, Func<Finding?> whyNot) : IReconciliationCheck
{
    private const int EntriesAStep = 1_000;

    public string Name => name;

    public async Task<CheckStep> StepAsync(string position, CancellationToken cancellationToken)
    {
        if (whyNot() is { } reason)
        {
            return CheckStep.Wait(reason);
        }

        var after = position.Length == 0 ? 0 : long.Parse(position, CultureInfo.InvariantCulture);
        LedgerStretch stretch;
        try
        {
            stretch = await ledger.ReadLogAsync(after, EntriesAStep, cancellationToken);
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or ArgumentException or InvalidCastException)
        {
            // A value that no version of the application writes.
            return CheckStep.Found(0, Finding.Of("row-unreadable", after, exception.Message));
        }

        // What was behind before the stretch was read is no proof against the ledger.
        return whyNot() is { } since ? CheckStep.Wait(since) : Compare(stretch, after);
    }

    private static CheckStep Compare(LedgerStretch stretch, long after)
    {
        if (stretch.HashBefore is not { } hash)
        {
            return CheckStep.Found(0, Finding.Of("entry-gone", after));
        }

        var fitting = 0;
        foreach (var entry in stretch.Entries)
        {
            if (!EntryChain.Next(hash, entry).AsSpan().SequenceEqual(entry.ChainHash))
            {
                return CheckStep.Found(fitting, Finding.Of("entry-chain", entry.Id, entry.Sequence, entry.UserId));
            }

            hash = entry.ChainHash;
            fitting++;
        }

        if (stretch.HomelessUser is { } homeless)
        {
            var first = stretch.Entries.First(entry => entry.UserId == homeless);
            return CheckStep.Found(fitting, Finding.Of("user-homeless", first.Id, first.Sequence, homeless));
        }

        if (fitting == EntriesAStep)
        {
            return CheckStep.GoOn(fitting, stretch.Entries[^1].Sequence.ToString(CultureInfo.InvariantCulture));
        }

        var last = stretch.Entries.Count > 0 ? stretch.Entries[^1].Sequence : after;
        return stretch.Head.ChainHash.AsSpan().SequenceEqual(hash)
            ? CheckStep.End(fitting)
            : CheckStep.Found(fitting, Finding.Of("head-wrong", last));
    }
}
