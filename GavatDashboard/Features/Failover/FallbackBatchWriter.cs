using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Mirror;

namespace GavatDashboard.Features.Failover;

/// <summary>Decides and writes a batch in the fallback's file, which keeps it for the primary in the same transaction.</summary>
internal sealed class FallbackBatchWriter(LedgerStores stores, IBalanceCache cache, TimeProvider time) : IBatchWriter
{
    private long _duplicates;
    private volatile FailoverBacklog _kept = new(0, 0);

    public StoreKind Current => stores.Fallback.Kind;

    /// <summary>Operations answered with their first answer, since the last reset.</summary>
    public long Duplicates => Interlocked.Read(ref _duplicates);

    /// <summary>What it keeps for the primary; while a recovery runs, part of it is there already.</summary>
    public FailoverBacklog Kept => _kept;

    public async Task<LedgerCommit> WriteAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var session = await stores.FallbackStorage.BeginAsync(LedgerReads.For(operations, now), cancellationToken);
        var (delta, results) = LedgerBatch.Decide(session.State, operations, now);
        await session.CommitAsync(delta, cancellationToken);
        if (delta.After.Revision != delta.Before.Revision)
        {
            // One writer at a time: nothing is added meanwhile.
            _kept = new FailoverBacklog(_kept.Batches + 1, _kept.Operations + ReplayLog.OperationsOf(delta));
        }

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

    /// <summary>Begins to count what is kept anew.</summary>
    /// <param name="from">What the file keeps already.</param>
    public void ResetKept(FailoverBacklog from) => _kept = from;

    private static bool IsReplayed(OperationResult result) =>
        result is OperationResult.Posted { Replayed: true } or OperationResult.Refused { Replayed: true } or OperationResult.ActivityRecorded { Replayed: true };
}
