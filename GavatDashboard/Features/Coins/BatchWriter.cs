using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Features.Coins;

/// <summary>
/// Decides a batch, notes it in the fallback's file, commits it in the primary ledger, and brings the cache up to date. As a rule it
/// decides on what it remembers and commits in one round trip, and the next batch is decided, noted and made ready meanwhile; where the
/// ledger refuses that, it lets all that is on its way arrive, takes the ledger's lock, loads, and decides again.
/// </summary>
internal sealed class BatchWriter : IBatchWriter, IDisposable
{
    private readonly LedgerStores _stores;
    private readonly LedgerMirror _mirror;
    private readonly IBalanceCache _cache;
    private readonly TimeProvider _time;
    private readonly LedgerMemory _memory = new();
    private readonly BatchLine _line;

    public BatchWriter(LedgerStores stores, LedgerMirror mirror, IBalanceCache cache, TimeProvider time)
    {
        (_stores, _mirror, _cache, _time) = (stores, mirror, cache, time);
        _line = new BatchLine(mirror, _memory);
    }

    public StoreKind Current => _stores.Primary.Kind;

    public async Task<LedgerCommit> WriteAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        using var trace = LedgerTracing.Start(LedgerTracing.Batch)?.SetTag("gavat.batch.size", operations.Count);
        return await CommitAsync(operations, cancellationToken);
    }

    public void Dispose() => _line.Dispose();

    private async Task<LedgerCommit> CommitAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        var isRefused = false;
        while (true)
        {
            NotedBatch? batch;
            using (await _line.EnterAsync(cancellationToken))
            {
                try
                {
                    batch = isRefused ? null : await DecideAsync(operations, cancellationToken);
                    if (batch is null)
                    {
                        return await WriteLockedAsync(operations, cancellationToken);
                    }
                }
                catch
                {
                    // Deciding moves what is remembered along. Of a batch that was not written, or may not have been, nothing may stay:
                    // the same request would be answered from memory.
                    _memory.Forget();
                    _line.Tidy();
                    throw;
                }
            }

            try
            {
                if (await ArrivesAsync(batch, cancellationToken))
                {
                    return new LedgerCommit(batch.Results, batch.Delta);
                }

                // The one on which it was decided came to nothing: it is decided anew, and its callers hear nothing of that.
            }
            catch (LedgerConflictException)
            {
                isRefused = true;
            }
        }
    }

    /// <summary>Decides the batch on what is remembered, and notes it; null where that is not enough, or no longer so.</summary>
    private async Task<NotedBatch?> DecideAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        await _line.MakeRoomAsync(cancellationToken);
        if (operations.Any(operation => operation is ReverseEntry))
        {
            // What is to be reversed is asked of the ledger, which must know of all that was decided before.
            await _line.EmptyAsync(cancellationToken);
        }

        var ledger = _stores.PrimaryStorage;
        var now = _time.GetUtcNow();
        LedgerState? state;
        using (LedgerTracing.Start(LedgerTracing.Load))
        {
            state = await _memory.RecallAsync(ledger, _stores.PrimaryEpoch, operations, now, _line.Heads, cancellationToken);
        }

        if (state is null)
        {
            return null;
        }

        var (delta, results) = LedgerBatch.Decide(state, operations, now);
        if (Unwritten(operations, results) is { } keys)
        {
            if (!await _line.EmptyAsync(cancellationToken))
            {
                _memory.Forget();
                return null;
            }

            if (!await LedgerMemory.AreUnusedAsync(ledger, keys, delta.Before, cancellationToken))
            {
                _memory.Undo(operations, delta);
                return null;
            }
        }

        if (!delta.IsEmpty)
        {
            return Note(new NotedBatch(operations, delta, results, _line.Last));
        }

        // It says what those on their way say, and is cached before whatever is decided next.
        if (!await _line.EmptyAsync(cancellationToken))
        {
            _memory.Forget();
            return null;
        }

        await WriteThroughAsync(delta, results);
        return new NotedBatch(operations, delta, results, before: null);
    }

    /// <summary>
    /// Brings the cache up to date. What is sent is sent before it returns: to be called in the order of the batches, before the next one
    /// is let go, so that no older account comes after a newer one.
    /// </summary>
    private async Task WriteThroughAsync(LedgerDelta delta, IReadOnlyList<OperationResult> results)
    {
        var accounts = CachedAccounts.Of(delta, results);
        if (accounts.Count > 0)
        {
            using var step = LedgerTracing.Start(LedgerTracing.Cache);
            await _cache.WriteThroughAsync(accounts, CancellationToken.None);
        }
    }

    /// <summary>Makes a noted batch ready, and sends it once the one on which it builds is committed.</summary>
    /// <returns>False where that one was not, and this one was not sent.</returns>
    /// <exception cref="LedgerConflictException">The ledger refused it.</exception>
    private async Task<bool> ArrivesAsync(NotedBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Delta.IsEmpty)
        {
            return true;
        }

        try
        {
            var keys = UnseenKeys.Of(batch.Operations, batch.Results);
            await using var prepared = await PrepareAsync(batch, keys, cancellationToken);
            if (!await FollowAsync(batch, cancellationToken))
            {
                return false;
            }

            await SendAsync(
                batch,
                () => prepared is null ? _stores.PrimaryStorage.WriteAsync(batch.Delta, keys, cancellationToken) : prepared.CommitAsync(cancellationToken));
            return true;
        }
        catch (Exception failure) when (failure is not LedgerConflictException)
        {
            // Its note, where it is certain that it was not written, is gone before its callers are told.
            using var turn = await _line.EnterAsync(CancellationToken.None);
            throw;
        }
    }

    /// <summary>Makes a batch ready in the primary while the one on which it builds is on its way there; null where none is.</summary>
    private async Task<IPreparedWrite?> PrepareAsync(NotedBatch batch, UnseenKeys keys, CancellationToken cancellationToken)
    {
        if (batch.Before is not { Fate.IsCompleted: false } before)
        {
            return null;
        }

        try
        {
            using var step = LedgerTracing.Start(LedgerTracing.Prepare);
            return await _stores.PrimaryStorage.PrepareAsync(batch.Delta, keys, before.Delta, cancellationToken);
        }
        catch
        {
            batch.End(BatchFate.NotWritten);
            throw;
        }
    }

    /// <summary>Waits for the batch on which another builds.</summary>
    private static async Task<bool> FollowAsync(NotedBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Before is not { } before)
        {
            return true;
        }

        var isWritten = false;
        try
        {
            using var step = LedgerTracing.Start(LedgerTracing.Follow);
            return isWritten = await before.Fate.WaitAsync(cancellationToken) == BatchFate.Written;
        }
        finally
        {
            if (!isWritten)
            {
                batch.End(BatchFate.NotWritten);
            }
        }
    }

    /// <summary>Writes the batch as decided on what the ledger holds, while nobody else can write. In the line's turn.</summary>
    private async Task<LedgerCommit> WriteLockedAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        await _line.EmptyAsync(cancellationToken);
        var ledger = _stores.PrimaryStorage;
        // One instant for loading and deciding: usage is loaded for the UTC day on which the batch is decided.
        var now = _time.GetUtcNow();
        ILedgerSession session;
        using (LedgerTracing.Start(LedgerTracing.Load))
        {
            session = await ledger.BeginAsync(LedgerReads.For(operations, now), cancellationToken);
        }

        await using (session)
        {
            var loaded = session.State.Head;
            _stores.Admit(loaded);
            _mirror.Settle(loaded);
            var (delta, results) = LedgerBatch.Decide(session.State, operations, now);
            if (!delta.IsEmpty)
            {
                await SendAsync(Note(new NotedBatch(operations, delta, results, before: null)), () => session.CommitAsync(delta, cancellationToken));
            }
            else
            {
                await WriteThroughAsync(delta, results);
            }

            _memory.Keep(ledger, loaded, session.State, now);
            return new LedgerCommit(results, delta);
        }
    }

    /// <summary>Notes a batch and puts it on its way. In the line's turn.</summary>
    private NotedBatch Note(NotedBatch batch)
    {
        using (LedgerTracing.Start(batch.Before is null ? LedgerTracing.Intent : LedgerTracing.Ahead))
        {
            _mirror.Note(batch.Delta);
        }

        _line.Add(batch);
        return batch;
    }

    /// <summary>Commits a noted batch and hands it on to the mirror; when it returns, the batch may be acknowledged.</summary>
    private async Task SendAsync(NotedBatch batch, Func<Task> commit)
    {
        var fate = BatchFate.InDoubt;
        var isCommitted = false;
        ValueTask room;
        Task cached;
        try
        {
            using (LedgerTracing.Start(LedgerTracing.Commit))
            {
                await commit();
            }

            isCommitted = true;
            using (LedgerTracing.Start(LedgerTracing.Mirror))
            {
                room = _mirror.ConfirmAsync(batch.Delta);
            }

            cached = WriteThroughAsync(batch.Delta, batch.Results);
            fate = BatchFate.Written;
        }
        catch (Exception failure) when (!isCommitted && IsCertain(failure))
        {
            fate = BatchFate.NotWritten;
            throw;
        }
        finally
        {
            if (fate == BatchFate.InDoubt)
            {
                // It may be committed, and nobody hears of it: what is cached is old then.
                _cache.Distrust("a write to the ledger is in doubt");
            }

            batch.End(fate);
        }

        await room;
        await cached;
    }

    /// <summary>Whether a failure says that nothing was written, now or later.</summary>
    private static bool IsCertain(Exception failure) =>
        failure is not OperationCanceledException and not StoreUnavailableException { MayHaveHappened: true };

    /// <summary>
    /// The keys that the ledger does not get to see, or null where there are none. A refusal that is not kept leaves no answer, and neither
    /// does a tier that was looked at; only the ledger knows whether the key was used before.
    /// </summary>
    private static List<string>? Unwritten(IReadOnlyList<LedgerOperation> operations, IReadOnlyList<OperationResult> results)
    {
        List<string>? keys = null;
        for (var i = 0; i < results.Count; i++)
        {
            if (results[i] is OperationResult.Refused { Replayed: false, Refusal.IsKept: false } or OperationResult.TierRefreshed)
            {
                (keys ??= []).Add(operations[i].IdempotencyKey);
            }
        }

        return keys;
    }
}
