using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Features.Coins;

/// <summary>
/// Loads, decides and writes a batch in one transaction of the primary ledger, noted in the fallback's file before the commit
/// and applied there after it, and then brings the cache up to date. At every instant at most this one batch is in doubt.
/// </summary>
internal sealed class BatchWriter(LedgerStores stores, LedgerMirror mirror, IBalanceCache cache, TimeProvider time) : IBatchWriter
{
    public StoreKind Current => stores.Primary.Kind;

    public async Task<LedgerCommit> WriteAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        using var trace = LedgerTracing.Start(LedgerTracing.Batch)?.SetTag("gavat.batch.size", operations.Count);
        // One instant for loading and deciding: usage is loaded for the UTC day on which the batch is decided.
        var now = time.GetUtcNow();
        await using var session = await LoadAsync(LedgerReads.For(operations, now), cancellationToken);
        stores.Admit(session.State.Head);
        var (delta, results) = LedgerBatch.Decide(session.State, operations, now);
        if (!delta.IsEmpty)
        {
            await WriteAsync(session, delta, cancellationToken);
        }

        var accounts = CachedAccounts.Of(delta, results);
        if (accounts.Count > 0)
        {
            using var step = LedgerTracing.Start(LedgerTracing.Cache);
            await cache.WriteThroughAsync(accounts, cancellationToken);
        }

        return new LedgerCommit(results, delta);
    }

    private async Task<ILedgerSession> LoadAsync(LedgerReads reads, CancellationToken cancellationToken)
    {
        using var step = LedgerTracing.Start(LedgerTracing.Load);
        return await stores.PrimaryStorage.BeginAsync(reads, cancellationToken);
    }

    private async Task WriteAsync(ILedgerSession session, LedgerDelta delta, CancellationToken cancellationToken)
    {
        using (LedgerTracing.Start(LedgerTracing.Intent))
        {
            await mirror.SettleAsync(delta.Before);
            await mirror.NoteAsync(delta);
        }

        try
        {
            using (LedgerTracing.Start(LedgerTracing.Commit))
            {
                await session.CommitAsync(delta, cancellationToken);
            }

            using (LedgerTracing.Start(LedgerTracing.Mirror))
            {
                await mirror.ApplyAsync(delta);
            }
        }
        catch
        {
            // It may have been committed all the same, and then what is cached is old.
            cache.Distrust("a write to the ledger is in doubt");
            throw;
        }
    }
}
