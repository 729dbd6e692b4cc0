using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Failover;

/// <summary>Decides and writes a batch in the fallback's file, which keeps it for the primary in the same transaction.</summary>
internal sealed class FallbackBatchWriter(LedgerStores stores, IBalanceCache cache, TimeProvider time) : IBatchWriter
{
    private long _duplicates;

    public StoreKind Current => stores.Fallback.Kind;

    /// <summary>Operations answered with their first answer, since the last reset.</summary>
    public long Duplicates => Interlocked.Read(ref _duplicates);

    public async Task<LedgerCommit> WriteAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var session = await stores.FallbackStorage.BeginAsync(LedgerReads.For(operations, now), cancellationToken);
        var (delta, results) = LedgerBatch.Decide(session.State, operations, now);
        await session.CommitAsync(delta, cancellationToken);
        Interlocked.Add(ref _duplicates, results.Count(IsReplayed));
        var accounts = CachedAccounts.Of(delta, results);
        if (accounts.Count > 0)
        {
            await cache.WriteThroughAsync(accounts, cancellationToken);
        }

        return new LedgerCommit(results, delta);
    }

    /// <summary>Begins to count anew.</summary>
    /// <param name="from">What an earlier run had counted.</param>
    public void ResetDuplicates(long from) => Interlocked.Exchange(ref _duplicates, from);

    private static bool IsReplayed(OperationResult result) =>
        result is OperationResult.Posted { Replayed: true } or OperationResult.Refused { Replayed: true } or OperationResult.ActivityRecorded { Replayed: true };
}
