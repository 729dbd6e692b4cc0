using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>
/// Compares the copied entries with the ledger's, a bucket of the log at a time, as far as the copy has come: by their number, the sum of their
/// amounts and the sum of their digests. Only a bucket whose sums differ is read, to find the first entry that does; and each one in one hour
/// of the day, for a text that somebody changed moves no sum. What is missing or wrong is written again; a copy that holds what the ledger does
/// not is made anew.
/// </summary>
/// <param name="stores">The ledgers.</param>
/// <param name="documents">The copy.</param>
/// <param name="time">The clock.</param>
/// <param name="readAll">Whether every bucket is read.</param>
internal sealed class CopiedEntriesCheck(LedgerStores stores, IDocumentStore documents, TimeProvider time, bool readAll = false) : IReconciliationCheck
{
    internal const int EntriesABucket = 2_000;
    private const int HoursADay = 24;
    private static readonly byte[] NoHash = new byte[32];

    public string Name => CheckNames.CopiedEntries;

    public async Task<CheckStep> StepAsync(string position, CancellationToken cancellationToken)
    {
        var after = position.Length == 0 ? 0 : long.Parse(position, CultureInfo.InvariantCulture);
        var ledger = stores.CurrentStorage;
        var bucket = await ledger.SumLogAsync(after, EntriesABucket, cancellationToken);
        if (await ProjectionWait.UntilCurrentAsync(Places.Documents, documents.ReadMarkAsync, ledger, time, cancellationToken) is { } behind)
        {
            return CheckStep.Wait(behind);
        }

        var step = bucket.IsLast ? CheckStep.End(bucket.Sums.Entries) : CheckStep.GoOn(bucket.Sums.Entries, bucket.Through.ToString(CultureInfo.InvariantCulture));
        var isSame = await documents.SumEntriesAsync(after, bucket.Through, cancellationToken) == bucket.Sums;
        if (isSame && !readAll && bucket.Through / EntriesABucket % HoursADay != time.GetUtcNow().Hour)
        {
            return step;
        }

        var log = await ledger.ReadLogAsync(after, EntriesABucket, cancellationToken);
        IReadOnlyList<Entry> entries = [.. log.Entries.TakeWhile(entry => entry.Sequence <= bucket.Through)];
        if (await FindDifferenceAsync(after, bucket.Through, entries, cancellationToken) is { } difference)
        {
            return CheckStep.Found(difference.Fitting, difference.Finding, RepairOf(difference, entries));
        }

        // The copies are the ledger's and only their digests are not: those of an earlier version had none.
        return isSame ? step : step with { Repair = CopyAgain(entries) };
    }

    private async Task<EntryDifference?> FindDifferenceAsync(long after, long through, IReadOnlyList<Entry> entries, CancellationToken cancellationToken)
    {
        try
        {
            // One more than there should be shows what is too much.
            var copy = await documents.ReadEntriesAsync(after, entries.Count + 1, cancellationToken);
            return EntryDifference.Find(Places.Documents, [.. copy.TakeWhile(entry => entry.Sequence <= through)], entries, IsSame);
        }
        catch (InvalidDataException damaged)
        {
            return new EntryDifference(0, Finding.Said(damaged.Message), IsExtra: false);
        }
    }

    private Repair RepairOf(EntryDifference difference, IReadOnlyList<Entry> entries) => difference.IsExtra
        ? new Repair("copy-anew", documents.ClearAsync)
        : CopyAgain(entries);

    private Repair CopyAgain(IReadOnlyList<Entry> entries) =>
        new("copied-again", token => documents.WriteAsync(new DocumentBatch(entries, [], [], [], []), token));

    /// <summary>The hash covers every field; chained to nothing it is a hash of the entry itself.</summary>
    private static bool IsSame(Entry copy, Entry entry) =>
        copy.ChainHash.AsSpan().SequenceEqual(entry.ChainHash) && EntryChain.Next(NoHash, copy).AsSpan().SequenceEqual(EntryChain.Next(NoHash, entry));
}
