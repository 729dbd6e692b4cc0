using System.Globalization;
using System.Runtime.CompilerServices;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Reconciliation;
using GavatDashboard.Features.Reconciliation.Checks;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Features.Upkeep;

/// <summary>
/// Compares the stores with each other, once and to the end, with the checks that the running application makes all the time. Two ledgers are
/// compared by the chain hash at the last place that both have, for it covers everything before it; each chain has been walked by then.
/// </summary>
internal sealed class StoreComparison(StoreReaders readers, StoreLocations locations, TimeProvider time)
{
    private const int Looks = 5;

    /// <summary>The application brings the copies up to date a few times a second.</summary>
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(0.5);

    private LedgerStores Ledgers => readers.Ledgers;

    private bool IsOnFallback => Ledgers.Current == Ledgers.Fallback;

    /// <summary>Compares one store after the other.</summary>
    public async IAsyncEnumerable<ComparedStore> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return await TryAsync(IsOnFallback ? Places.Primary : Places.Fallback, () => CompareLedgersAsync(cancellationToken));
        yield return await TryAsync(Places.Documents, () => CompareDocumentsAsync(cancellationToken));
        yield return await TryAsync(Places.Cache, () => CompareCacheAsync(cancellationToken));
    }

    private static async Task<ComparedStore> TryAsync(string name, Func<Task<ComparedStore>> compare)
    {
        try
        {
            return await compare();
        }
        catch (StoreUnavailableException outage)
        {
            return new ComparedStore(name) { NotCompared = outage.Message };
        }
    }

    private async Task<ComparedStore> CompareLedgersAsync(CancellationToken cancellationToken)
    {
        var (truth, follower) = IsOnFallback ? (Ledgers.FallbackStorage, Ledgers.PrimaryStorage) : (Ledgers.PrimaryStorage, Ledgers.FallbackStorage);
        var store = new ComparedStore(IsOnFallback ? Places.Primary : Places.Fallback);

        // The follower first: whatever it holds the other held before.
        var (revision, end) = ((await follower.ReadHeadAsync(cancellationToken)).Revision, await follower.FindEndAsync(long.MaxValue, cancellationToken));
        if (await FindPartingAsync(truth, follower, end, store.Name, cancellationToken) is { } parting)
        {
            return store with { Mismatch = parting };
        }

        var isBehind = revision < (await truth.ReadHeadAsync(cancellationToken)).Revision;
        var accounts = await PassAsync(new MirrorAccountsCheck(truth, follower, store.Name, () => null, time, isBehind), cancellationToken);
        var (entries, behind) = (await follower.CountAfterAsync(0, cancellationToken), await truth.CountAfterAsync(end.Sequence, cancellationToken));
        return accounts.In(store) with
        {
            Words = Say($"{entries:N0} entries and {accounts.Checked:N0} accounts are those of the {(IsOnFallback ? "fallback, which leads" : "ledger")}{(behind > 0 ? WhyBehind(behind) : string.Empty)}"),
        };
    }

    private string WhyBehind(long entries) => IsOnFallback
        ? Say($"; it lacks the last {entries:N0}, as is to be expected: they are written back when it recovers")
        : Say($"; its tables lack the last {entries:N0}: they are in its notes, or the application copies them when it runs");

    /// <summary>The first entry at which two logs part, found by halves, or null where the follower's log is the beginning of the other.</summary>
    private static async Task<Finding?> FindPartingAsync(ILedgerStorage truth, ILedgerStorage follower, LogEnd end, string place, CancellationToken cancellationToken)
    {
        if (await IsSameAsync(end.Sequence))
        {
            return null;
        }

        var (same, other) = (0L, end.Sequence);
        while (other - same > 1)
        {
            var middle = same + ((other - same) / 2);
            (same, other) = await IsSameAsync(middle) ? (middle, other) : (same, middle);
        }

        return EntryDifference.Find(place, await ReadAsync(follower), await ReadAsync(truth), (a, b) => a.ChainHash.AsSpan().SequenceEqual(b.ChainHash))?.Finding;

        async Task<bool> IsSameAsync(long through) =>
            (await follower.FindEndAsync(through, cancellationToken)).IsSame(await truth.FindEndAsync(through, cancellationToken));

        async Task<IReadOnlyList<Entry>> ReadAsync(ILedgerStorage ledger) =>
            [.. (await ledger.ReadLogAsync(same, 1, cancellationToken)).Entries.Where(entry => entry.Sequence <= other)];
    }

    private async Task<ComparedStore> CompareDocumentsAsync(CancellationToken cancellationToken)
    {
        var compared = await LookAtDocumentsAsync(cancellationToken);

        // A file in MongoDB's place is read as it was when it was opened; what the application wrote since needs another look.
        for (var look = 1; look < Looks && locations.MongoDb is null && (compared.Mismatch is not null || compared.NotCompared is not null); look++)
        {
            await Task.Delay(BetweenLooks, time, cancellationToken);
            compared = await LookAtDocumentsAsync(cancellationToken);
        }

        return compared;
    }

    private async Task<ComparedStore> LookAtDocumentsAsync(CancellationToken cancellationToken)
    {
        var store = new ComparedStore(Places.Documents);
        if (readers.OpenDocuments() is not { } documents)
        {
            return store with { Words = $"there are none: no MongoDB is named, and there is no {locations.DocumentsFile}" };
        }

        var entries = await PassAsync(new CopiedEntriesCheck(Ledgers, documents, time, readAll: true), cancellationToken);
        if (!entries.IsWhole)
        {
            return entries.In(store);
        }

        var accounts = await PassAsync(new CopiedAccountsCheck(Ledgers, documents, time), cancellationToken);
        return accounts.In(store) with { Words = Say($"{entries.Checked:N0} entries and {accounts.Checked:N0} accounts are the ledger's") };
    }

    private async Task<ComparedStore> CompareCacheAsync(CancellationToken cancellationToken)
    {
        var store = new ComparedStore(Places.Cache);
        if (await readers.OpenCacheAsync(cancellationToken) is not { } cache)
        {
            return store with { Words = "no Redis is named: it is in the application's process, which compares it while it runs" };
        }

        var balances = await PassAsync(new CachedBalancesCheck(Ledgers, cache.Balances, _ => { }, time, mayBeOld: true), cancellationToken);
        if (!balances.IsWhole)
        {
            return balances.In(store);
        }

        var boards = await PassAsync(new CachedBoardsCheck(Ledgers, cache.Balances, cache.Boards, time), cancellationToken);
        return boards.In(store) with { Words = Say($"{balances.Checked:N0} cached balances and the places of {boards.Checked:N0} users are the ledger's") };
    }

    private static async Task<Pass> PassAsync(IReconciliationCheck check, CancellationToken cancellationToken)
    {
        var (count, position) = (0L, string.Empty);
        while (true)
        {
            var step = await check.StepAsync(position, cancellationToken);
            count += step.Checked;
            if (step.Next is not { } next)
            {
                return new Pass(count, step);
            }

            position = next;
        }
    }

    private static string Say(FormattableString words) => words.ToString(CultureInfo.InvariantCulture);

    private sealed record Pass(long Checked, CheckStep Last)
    {
        public bool IsWhole => Last is { Mismatch: null, Waiting: null };

        public ComparedStore In(ComparedStore store) => store with { Mismatch = Last.Mismatch, NotCompared = Last.Waiting?.ToString() };
    }
}

/// <summary>What became of a store's comparison.</summary>
/// <param name="Name">The store.</param>
internal sealed record ComparedStore(string Name)
{
    /// <summary>What was compared, for a person.</summary>
    public string Words { get; init; } = string.Empty;

    /// <summary>The first thing that does not agree, or null.</summary>
    public Finding? Mismatch { get; init; }

    /// <summary>Why it could not be compared, or null.</summary>
    public string? NotCompared { get; init; }
}
