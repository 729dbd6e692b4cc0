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
        await session.CommitAsync(delta, cancellationToken);
        if (delta.Accounts.Count > 0)
        {
            await cache.WriteThroughAsync(delta.Accounts, cancellationToken);
        }

        return new LedgerCommit(results, delta);
    }
}
