using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Coins;

/// <summary>Loads, decides and writes a batch in one transaction of the current ledger, and then brings the cache up to date.</summary>
internal sealed class BatchWriter(LedgerStores stores, IBalanceCache cache, TimeProvider time) : IBatchWriter
{
    public StoreKind Current => stores.Current.Kind;

    public async Task<LedgerCommit> WriteAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        // One instant for loading and deciding: usage is loaded for the UTC day on which the batch is decided.
        var now = time.GetUtcNow();
        await using var session = await stores.PrimaryStorage.BeginAsync(LedgerReads.For(operations, now), cancellationToken);
        var (delta, results) = LedgerBatch.Decide(session.State, operations, now);
        try
        {
            await session.CommitAsync(delta, cancellationToken);
        }
        catch
        {
            // It may have been committed all the same, and then what is cached is old.
            cache.Distrust("a write to the ledger is in doubt");
            throw;
        }

        var accounts = ToCache(delta, results);
        if (accounts.Count > 0)
        {
            await cache.WriteThroughAsync(accounts, cancellationToken);
        }

        return new LedgerCommit(results, delta);
    }

    /// <summary>Answers that are replayed are acknowledged too: the commit they speak of may have come after its caller was given up.</summary>
    private static IReadOnlyList<Account> ToCache(LedgerDelta delta, IReadOnlyList<OperationResult> results)
    {
        var replayed = results.Select(result => result switch
        {
            OperationResult.Posted { Replayed: true } posted => posted.Account,
            OperationResult.TierPinned pinned => pinned.Account,
            _ => null,
        });
        // The accounts of the batch come first, for they are as the batch left them.
        return [.. delta.Accounts.Concat(replayed.OfType<Account>()).DistinctBy(account => account.UserId, StringComparer.Ordinal)];
    }
}
