using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Features.Coins;

/// <summary>
/// Decides a batch, notes it in the fallback's file, commits it in the primary ledger, and brings the cache up to date. As a rule it
/// decides on what it remembers and commits in one round trip; where the ledger refuses that, it takes the ledger's lock, loads, and
/// decides again. At every instant at most this one batch is in doubt.
/// </summary>
internal sealed class BatchWriter(LedgerStores stores, LedgerMirror mirror, IBalanceCache cache, TimeProvider time) : IBatchWriter
{
    private readonly LedgerMemory _memory = new();

    public StoreKind Current => stores.Primary.Kind;

    public async Task<LedgerCommit> WriteAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        using var trace = LedgerTracing.Start(LedgerTracing.Batch)?.SetTag("gavat.batch.size", operations.Count);
        var commit = await CommitAsync(operations, cancellationToken);
        var accounts = CachedAccounts.Of(commit.Delta, commit.Results);
        if (accounts.Count > 0)
        {
            using var step = LedgerTracing.Start(LedgerTracing.Cache);
            await cache.WriteThroughAsync(accounts, cancellationToken);
        }

        return commit;
    }

    private async Task<LedgerCommit> CommitAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        try
        {
            return await WriteRememberedAsync(operations, cancellationToken) ?? await WriteLockedAsync(operations, cancellationToken);
        }
        catch
        {
            // Deciding moves what is remembered along. Of a batch that was not written, or may not have been, nothing may stay: the
            // same request would be answered from memory.
            _memory.Forget();
            throw;
        }
    }

    /// <summary>Writes the batch as decided on what is remembered; null where that is not enough, or no longer so.</summary>
    private async Task<LedgerCommit?> WriteRememberedAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        var ledger = stores.PrimaryStorage;
        var now = time.GetUtcNow();
        LedgerState? state;
        using (LedgerTracing.Start(LedgerTracing.Load))
        {
            state = await _memory.RecallAsync(ledger, stores.PrimaryEpoch, operations, now, cancellationToken);
        }

        if (state is null)
        {
            return null;
        }

        var (delta, results) = LedgerBatch.Decide(state, operations, now);
        if (Unwritten(operations, results) is { } keys && !await LedgerMemory.AreUnusedAsync(ledger, keys, delta.Before, cancellationToken))
        {
            _memory.Undo(operations, delta);
            return null;
        }

        if (!delta.IsEmpty)
        {
            try
            {
                await WriteAsync(delta, () => ledger.WriteAsync(delta, UnseenKeys.Of(operations, results), cancellationToken));
            }
            catch (LedgerConflictException)
            {
                _memory.Undo(operations, delta);
                return null;
            }
        }

        return new LedgerCommit(results, delta);
    }

    /// <summary>Writes the batch as decided on what the ledger holds, while nobody else can write.</summary>
    private async Task<LedgerCommit> WriteLockedAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        var ledger = stores.PrimaryStorage;
        // One instant for loading and deciding: usage is loaded for the UTC day on which the batch is decided.
        var now = time.GetUtcNow();
        ILedgerSession session;
        using (LedgerTracing.Start(LedgerTracing.Load))
        {
            session = await ledger.BeginAsync(LedgerReads.For(operations, now), cancellationToken);
        }

        await using (session)
        {
            var loaded = session.State.Head;
            stores.Admit(loaded);
            var (delta, results) = LedgerBatch.Decide(session.State, operations, now);
            if (!delta.IsEmpty)
            {
                await WriteAsync(delta, () => session.CommitAsync(delta, cancellationToken));
            }

            _memory.Keep(ledger, loaded, session.State, now);
            return new LedgerCommit(results, delta);
        }
    }

    private async Task WriteAsync(LedgerDelta delta, Func<Task> commit)
    {
        using (LedgerTracing.Start(LedgerTracing.Intent))
        {
            mirror.Settle(delta.Before);
            mirror.Note(delta);
        }

        try
        {
            using (LedgerTracing.Start(LedgerTracing.Commit))
            {
                await commit();
            }
        }
        catch (LedgerConflictException)
        {
            mirror.Withdraw(delta);
            throw;
        }
        catch (Exception failure)
        {
            if (IsCertain(failure))
            {
                mirror.Withdraw(delta);
            }
            else
            {
                // It may have been committed all the same, and then what is cached is old.
                cache.Distrust("a write to the ledger is in doubt");
            }

            throw;
        }

        using (LedgerTracing.Start(LedgerTracing.Mirror))
        {
            await ConfirmAsync(delta);
        }
    }

    private async Task ConfirmAsync(LedgerDelta delta)
    {
        try
        {
            await mirror.ConfirmAsync(delta);
        }
        catch
        {
            // It is committed and nobody hears of it, so what is cached is old.
            cache.Distrust("a write to the ledger could not be mirrored");
            throw;
        }
    }

    /// <summary>Whether a failure says that nothing was written, now or later.</summary>
    private static bool IsCertain(Exception failure) =>
        failure is not OperationCanceledException and not StoreUnavailableException { MayHaveHappened: true };

    /// <summary>
    /// The keys that the ledger does not get to see, or null where there are none. A refusal that is not kept writes nothing, and only
    /// the ledger knows whether its key was used before.
    /// </summary>
    private static List<string>? Unwritten(IReadOnlyList<LedgerOperation> operations, IReadOnlyList<OperationResult> results)
    {
        List<string>? keys = null;
        for (var i = 0; i < results.Count; i++)
        {
            if (results[i] is OperationResult.Refused { Replayed: false, Refusal.IsKept: false })
            {
                (keys ??= []).Add(operations[i].IdempotencyKey);
            }
        }

        return keys;
    }
}
