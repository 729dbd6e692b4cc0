using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Projection;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>
/// Compares the copied entries with the ledger's, a stretch of the log at a time, as far as the copy has come. What is missing or wrong is
/// written again; a copy that holds what the ledger does not is made anew.
/// </summary>
internal sealed class CopiedEntriesCheck(LedgerStores stores, IDocumentStore documents, IProjectionStatus projections, TimeProvider time) : IReconciliationCheck
{
    private const int EntriesAStep = 500;
    private static readonly byte[] NoHash = new byte[32];

    public string Name => CheckNames.CopiedEntries;

    public async Task<CheckStep> StepAsync(string position, CancellationToken cancellationToken)
    {
        var after = position.Length == 0 ? 0 : long.Parse(position, CultureInfo.InvariantCulture);
        var ledger = (ILedgerStorage)stores.Current;
        var log = await ledger.ReadLogAsync(after, EntriesAStep, cancellationToken);
        if (await ProjectionWait.UntilCurrentAsync(projections, "mongodb", ledger, time, cancellationToken) is { } behind)
        {
            return CheckStep.Wait(behind);
        }

        var isLast = log.Entries.Count < EntriesAStep;
        var through = isLast ? log.Head.Sequence : log.Entries[^1].Sequence;
        EntryDifference? difference;
        try
        {
            // One more than there should be shows what is too much.
            var copy = await documents.ReadEntriesAsync(after, log.Entries.Count + 1, cancellationToken);
            difference = EntryDifference.Find("the document store", [.. copy.TakeWhile(entry => entry.Sequence <= through)], log.Entries, IsSame);
        }
        catch (InvalidDataException damaged)
        {
            difference = new EntryDifference(0, damaged.Message, IsExtra: false);
        }

        if (difference is null)
        {
            return isLast ? CheckStep.End(log.Entries.Count) : CheckStep.GoOn(log.Entries.Count, through.ToString(CultureInfo.InvariantCulture));
        }

        return CheckStep.Found(difference.Fitting, $"{difference.Words}. {await RepairAsync(difference, log, cancellationToken)}");
    }

    private async Task<string> RepairAsync(EntryDifference difference, LedgerStretch log, CancellationToken cancellationToken)
    {
        if (difference.IsExtra)
        {
            await documents.ClearAsync(cancellationToken);
            return "The copy is made anew";
        }

        await documents.WriteAsync(new DocumentBatch(log.Entries, [], [], [], []), cancellationToken);
        return "The entries around it were copied again";
    }

    /// <summary>The hash covers every field; chained to nothing it is a hash of the entry itself.</summary>
    private static bool IsSame(Entry copy, Entry entry) =>
        copy.ChainHash.AsSpan().SequenceEqual(entry.ChainHash) && EntryChain.Next(NoHash, copy).AsSpan().SequenceEqual(EntryChain.Next(NoHash, entry));
}
