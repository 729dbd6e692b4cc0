using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Mirror;

/// <summary>
/// Keeps the fallback equal to the primary. While it follows, every batch is noted durably before the primary commits it, so that what
/// was acknowledged is in the fallback's files; the notes are brought into the ledger's tables behind the writer's back, many at once.
/// When a file fails, the marker is taken away first, then the primary goes on alone, and <see cref="MirrorResync"/> brings the fallback
/// up to date.
/// </summary>
/// <remarks>
/// The methods that take a batch are for the ledger's single writer. It notes a batch while the one before it is still on its way, so up to
/// <see cref="InDoubtAtMost"/> notes are in doubt at once.
/// </remarks>
internal sealed class LedgerMirror(MirrorJournal journal, PromotableMarker marker, TimeProvider time, ILogger<LedgerMirror> logger) : IDisposable
{
    /// <summary>
    /// Noted batches that may be on their way at once. A further one is noted only after the oldest of them was committed; whoever reads the
    /// notes after a restart relies on it.
    /// </summary>
    public const int InDoubtAtMost = 2;

    /// <summary>Batches held for a resync; beyond it the copy is begun again.</summary>
    private const int MissedAtMost = 20_000;

    private readonly Lock _gate = new();
    private readonly Lock _applying = new();

    // The writer's steps and a promotion take turns: after it, nothing may be noted for the primary any more.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SemaphoreSlim _behind = new(0, 1);
    private readonly Queue<LedgerDelta> _missed = new();
    private readonly MirrorBacklog _backlog = new();
    private bool _overflowed;
    private LedgerHead? _head;

    // On their way to the primary, the oldest first: each follows the one before it, the first one follows the head. While the mirror
    // follows, they are noted.
    private List<LedgerDelta> _open = [];
    private long _appliedThrough;
    private bool _isOpen;
    private volatile MirrorStatus _status = new(MirrorState.Behind, "The application has just started.", time.GetUtcNow(), 0);

    /// <summary>How the mirror stands.</summary>
    public MirrorStatus Status => _status;

    /// <summary>Operations that are noted and committed, and not yet in the tables.</summary>
    public int Waiting => _backlog.Operations;

    /// <summary>Takes up what the last run left: a marker that is set means that the notes hold all that the tables lack.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        _isOpen = true;
        try
        {
            if (await journal.IsLeadingAsync(cancellationToken))
            {
                Lead();
                return;
            }

            if (marker.IsSet)
            {
                var notes = await journal.ReadNotesAsync(cancellationToken);
                _head = await journal.ReadHeadAsync(cancellationToken);
                _appliedThrough = _head.Revision;
                // Each was noted after all but the last before it were committed; of the last ones nobody knows.
                foreach (var committed in notes.SkipLast(InDoubtAtMost))
                {
                    _head = committed.After;
                    _backlog.Add(committed);
                }

                _open = [.. notes.TakeLast(InDoubtAtMost)];
                _status = new MirrorStatus(MirrorState.Following, "It held everything when the application stopped.", time.GetUtcNow(), 0);
                return;
            }
        }
        catch (Exception failure) when (IsFailure(failure))
        {
            logger.LogError(failure, "The fallback's file cannot be taken up as it is");
        }

        FallBehind("it has to be compared with the primary after the start");
    }

    /// <summary>
    /// Makes the mirror agree with the primary's head, which the next batch builds upon while none is on its way: open notes up to it were
    /// committed, those beyond it were not.
    /// </summary>
    /// <exception cref="InvalidOperationException">It was not opened: whether the last run's marker stands is not known.</exception>
    public void Settle(LedgerHead primary)
    {
        if (!_isOpen)
        {
            throw new InvalidOperationException("The mirror has to be opened before the first write.");
        }

        using var turn = TakeTurn();
        var open = _open;
        _open = [];
        if (_status.State != MirrorState.Following || (open.Count == 0 && IsSame(_head!, primary)))
        {
            return;
        }

        var committed = 0;
        while (committed < open.Count && !IsSame(_head!, primary))
        {
            var note = open[committed++];
            _head = note.After;
            _backlog.Add(note);
        }

        var isDropped = committed < open.Count;
        if (!IsSame(_head!, primary))
        {
            FallBehind($"the primary stands at revision {primary.Revision}, the mirror at {_head!.Revision}");
        }
        else if (isDropped)
        {
            Drop(primary.Revision);
        }
    }

    /// <summary>Notes a batch durably, before it is sent to the primary. It follows the last one that is on its way, or the head.</summary>
    /// <exception cref="InvalidOperationException">As many are on their way as may be.</exception>
    public void Note(LedgerDelta delta)
    {
        using var turn = TakeTurn();
        if (_open.Count == InDoubtAtMost)
        {
            throw new InvalidOperationException($"{InDoubtAtMost} batches are on their way to the primary, and no more may be in doubt.");
        }

        var end = _open.Count > 0 ? _open[^1].After : _head;
        _open.Add(delta);
        if (_status.State != MirrorState.Following)
        {
            return;
        }

        if (!IsSame(end!, delta.Before))
        {
            FallBehind($"a batch follows revision {delta.Before.Revision}, and what was noted ends at {end!.Revision}");
            return;
        }

        try
        {
            journal.Note(delta, Interlocked.Read(ref _appliedThrough));
        }
        catch (Exception failure) when (IsFailure(failure))
        {
            FallBehind(failure);
        }
    }

    /// <summary>
    /// A noted batch is not in the primary, for certain, and what was noted after it builds on it: none of it must come to life when the
    /// fallback takes over. A batch that was given up and comes to its end late withdraws nothing that was noted since.
    /// </summary>
    public void Withdraw(LedgerDelta delta)
    {
        using var turn = TakeTurn();
        var place = PlaceOf(delta);
        if (place < 0)
        {
            return;
        }

        _open.RemoveRange(place, _open.Count - place);
        if (_status.State == MirrorState.Following)
        {
            Drop(delta.Before.Revision);
        }
    }

    /// <summary>
    /// The primary has committed the oldest batch on its way: it is handed on to be applied. When it returns, the batch may be acknowledged.
    /// It waits while too much is handed on and not applied.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The mirror failed and its marker cannot be taken away: nothing may be acknowledged.</exception>
    public ValueTask ConfirmAsync(LedgerDelta delta)
    {
        using var turn = TakeTurn();
        var isNext = PlaceOf(delta) == 0;
        if (isNext)
        {
            _open.RemoveAt(0);
        }

        if (_status.State == MirrorState.Following && !isNext)
        {
            if (delta.After.Revision <= _head!.Revision)
            {
                // It was given up, and the primary's head has told since what became of it.
                return ValueTask.CompletedTask;
            }

            FallBehind($"the primary has committed revision {delta.After.Revision}, of which there is no note");
        }

        lock (_gate)
        {
            if (_status.State != MirrorState.Following)
            {
                Miss(delta);
                return ValueTask.CompletedTask;
            }

            _head = delta.After;
            _backlog.Add(delta);
        }

        return _backlog.WaitForRoomAsync();
    }

    /// <summary>Waits until something is handed on to be applied.</summary>
    public Task WaitForWorkAsync(CancellationToken cancellationToken) => _backlog.WaitForWorkAsync(cancellationToken);

    /// <summary>Applies what is known to be committed, until nothing of it waits. On a thread that may wait.</summary>
    public void CatchUp()
    {
        lock (_applying)
        {
            while (_status.State == MirrorState.Following && _backlog.Take() is { Count: > 0 } group)
            {
                try
                {
                    journal.Apply(LedgerDelta.Join(group));
                    Interlocked.Exchange(ref _appliedThrough, group[^1].After.Revision);
                }
                catch (Exception failure) when (IsFailure(failure))
                {
                    FallBehind(failure);
                }
                finally
                {
                    _backlog.Done();
                }
            }
        }
    }

    /// <summary>
    /// Lets the fallback take over: it applies everything that was noted, the batches in doubt included, and begins its own reign. The
    /// writer's steps that come later are refused.
    /// </summary>
    /// <param name="promotion">The file's side of it.</param>
    /// <param name="reign">Gives the reign that follows the file's head.</param>
    /// <param name="persist">Writes the coordinator's state in the same transaction.</param>
    /// <exception cref="PromotionRefusedException">The file lacks something or is damaged, and nothing was changed.</exception>
    public async Task<Promotion> PromoteAsync(
        MirrorPromotion promotion, Func<ControlledHead, Reign> reign, Action<SqliteConnection, SqliteTransaction, Reign> persist)
    {
        using var turn = await TakeAnyTurnAsync();
        await Task.Run(CatchUp);
        if (_status is not { State: MirrorState.Following })
        {
            throw new PromotionRefusedException($"The fallback does not hold everything that was acknowledged: {_status.Reason}");
        }

        try
        {
            if (!marker.IsSet)
            {
                throw new PromotionRefusedException("The fallback's marker says that it does not hold everything that was acknowledged.");
            }

            // From the disk, which was hashed, and not from memory: what leads must be what a restart would find.
            var done = await promotion.PromoteAsync(await journal.ReadNotesAsync(CancellationToken.None), reign, persist);
            Lead();
            return done;
        }
        catch (Exception failure) when (IsFailure(failure))
        {
            throw new PromotionRefusedException($"The fallback's file cannot take over: {failure.Message}", failure);
        }
    }

    /// <summary>What the primary holds is not known any more: the fallback may not take over until it was compared.</summary>
    public async Task DistrustAsync(string reason)
    {
        using var turn = await TakeAnyTurnAsync();
        FallBehind(reason);
    }

    /// <summary>Lets the fallback take over and do some operations, and rolls all of it back; the writer waits meanwhile.</summary>
    /// <exception cref="StoreUnavailableException">The fallback has taken over already.</exception>
    public async Task<Rehearsal> RehearseAsync(MirrorPromotion promotion, IReadOnlyList<LedgerOperation> operations, DateTimeOffset now)
    {
        using var turn = await TakeAnyTurnAsync();
        RefuseWhileLeading();
        await Task.Run(CatchUp);
        return await promotion.RehearseAsync(await journal.ReadNotesAsync(CancellationToken.None), operations, now);
    }

    /// <summary>Follows the primary again after the fallback gave way to it.</summary>
    public async Task FollowAsync(LedgerHead head)
    {
        using var turn = await TakeAnyTurnAsync();
        try
        {
            journal.DropNotesAfter(0);
        }
        catch (Exception failure) when (IsFailure(failure))
        {
            FallBehind(failure);
            return;
        }

        lock (_gate)
        {
            _head = head;
            _open = [];
            _missed.Clear();
            Interlocked.Exchange(ref _appliedThrough, head.Revision);
            _status = new MirrorStatus(MirrorState.Following, "It gave way to the primary with everything that it had acknowledged.", time.GetUtcNow(), 0);
        }
    }

    /// <summary>Waits until the mirror is behind.</summary>
    public Task WaitUntilBehindAsync(CancellationToken cancellationToken) => _behind.WaitAsync(cancellationToken);

    /// <summary>A copy begins: from now on every batch is held until the copy is done.</summary>
    /// <returns>False when the mirror is not behind, and nothing may be copied over it: it may have taken over since it was.</returns>
    public bool BeginResync()
    {
        if (_status.State != MirrorState.Behind)
        {
            return false;
        }

        // What was being applied when the mirror fell behind must not come after the copy.
        lock (_applying)
        {
            lock (_gate)
            {
                _missed.Clear();
                _overflowed = false;
            }
        }

        return true;
    }

    /// <summary>The copy stands at a head: applies what came meanwhile, and follows again once it stands where the primary stands.</summary>
    /// <param name="copied">The head that was copied.</param>
    /// <param name="lockPrimary">Locks the primary's head, so that nothing is committed until the session ends.</param>
    /// <returns>False when too much came meanwhile, and the copy has to be begun again.</returns>
    public async Task<bool> FinishResyncAsync(LedgerHead copied, Func<Task<ILedgerSession>> lockPrimary)
    {
        var head = copied;
        while (true)
        {
            while (TakeMissed(head.Revision) is { Count: > 0 } group)
            {
                var next = LedgerDelta.Join(group);
                await Task.Run(() => journal.Apply(next));
                head = next.After;
            }

            lock (_gate)
            {
                if (_overflowed)
                {
                    return false;
                }
            }

            await using var session = await lockPrimary();
            // A batch that is committed and not yet handed over shows as a newer head: it comes with the next turn.
            if (await TryFollowAsync(head, session.State.Head))
            {
                return true;
            }

            if (session.State.Head.Revision == head.Revision)
            {
                // Another reign began since the copy was taken, and no batch will come that tells of it.
                return false;
            }
        }
    }

    /// <summary>The mirror holds what the primary does not: nothing is overwritten, and a person has to look.</summary>
    public void Diverge(string reason)
    {
        lock (_gate)
        {
            _missed.Clear();
            _status = new MirrorStatus(MirrorState.Diverged, reason, time.GetUtcNow(), 0);
        }

        logger.LogCritical("The fallback's ledger differs from the primary's and is left as it is: {Reason}", reason);
    }

    public void Dispose()
    {
        _behind.Dispose();
        _backlog.Dispose();
        _turn.Dispose();
        marker.Dispose();
    }

    /// <summary>What a broken file or a foreign row throws; a programming error is none of it.</summary>
    public static bool IsFailure(Exception exception) =>
        exception is StoreUnavailableException or SqliteException or IOException or UnauthorizedAccessException or InvalidDataException;

    /// <summary>The writer's turn. A step that was on its way when the fallback took over must do nothing: its caller has been given up.</summary>
    private Turn TakeTurn()
    {
        _turn.Wait();
        var turn = new Turn(_turn);
        try
        {
            RefuseWhileLeading();
            return turn;
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    private async Task<Turn> TakeAnyTurnAsync()
    {
        await _turn.WaitAsync();
        return new Turn(_turn);
    }

    private void RefuseWhileLeading()
    {
        if (_status.State == MirrorState.Leading)
        {
            throw new StoreUnavailableException(StoreKind.PostgreSql, "The fallback has taken over from the primary.", mayHaveHappened: true);
        }
    }

    private void Lead()
    {
        lock (_gate)
        {
            _head = null;
            _open = [];
            _backlog.Clear();
            _missed.Clear();
            _status = new MirrorStatus(MirrorState.Leading, "It has taken over and takes the writes.", time.GetUtcNow(), 0);
        }
    }

    private void Drop(long afterRevision)
    {
        try
        {
            journal.DropNotesAfter(afterRevision);
        }
        catch (Exception failure) when (IsFailure(failure))
        {
            FallBehind(failure);
        }
    }

    /// <summary>What came after a revision, at most as much as one transaction takes.</summary>
    private List<LedgerDelta> TakeMissed(long afterRevision)
    {
        const int GroupAtMost = 256;
        var group = new List<LedgerDelta>();
        lock (_gate)
        {
            while (group.Count < GroupAtMost && _missed.TryDequeue(out var next))
            {
                if (next.After.Revision > afterRevision)
                {
                    group.Add(next);
                }
            }
        }

        return group;
    }

    private async Task<bool> TryFollowAsync(LedgerHead head, LedgerHead primary)
    {
        // Nothing is put on its way meanwhile; what is on its way waits for the primary's lock, or is refused.
        using var turn = await TakeAnyTurnAsync();
        lock (_gate)
        {
            if (_overflowed || _missed.Count > 0 || !IsSame(head, primary))
            {
                return false;
            }

            // Notes of before are none of what follows, and what is on its way was not noted.
            journal.DropNotesAfter(0);
            var end = head;
            foreach (var open in _open.TakeWhile(open => IsSame(end, open.Before)))
            {
                journal.Note(open, head.Revision);
                end = open.After;
            }

            marker.Write(isPromotable: true);
            _head = head;
            Interlocked.Exchange(ref _appliedThrough, head.Revision);
            _status = new MirrorStatus(MirrorState.Following, "It holds everything that was acknowledged.", time.GetUtcNow(), 0);
        }

        logger.LogInformation("The fallback follows the primary, at revision {Revision}", head.Revision);
        return true;
    }

    private void FallBehind(Exception failure)
    {
        logger.LogError(failure, "The fallback's file failed; the primary goes on alone until it is up to date again");
        FallBehind(failure.Message);
    }

    private void FallBehind(string reason)
    {
        try
        {
            marker.Write(isPromotable: false);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException(
                StoreKind.Sqlite, "The fallback's file failed and its marker cannot be taken away, so nothing may be acknowledged.", mayHaveHappened: true, failure);
        }

        lock (_gate)
        {
            _backlog.Clear();
            _status = new MirrorStatus(MirrorState.Behind, reason, time.GetUtcNow(), 0);
            if (_behind.CurrentCount == 0)
            {
                _behind.Release();
            }
        }
    }

    private void Miss(LedgerDelta delta)
    {
        if (_status.State == MirrorState.Diverged)
        {
            return;
        }

        if (_missed.Count >= MissedAtMost)
        {
            _missed.Clear();
            _overflowed = true;
        }

        _missed.Enqueue(delta);
        _status = _status with { Missed = _missed.Count };
    }

    /// <summary>Where a batch is among those on their way; -1 where it is none of them, whatever its revision.</summary>
    private int PlaceOf(LedgerDelta delta) => _open.FindIndex(open => ReferenceEquals(open, delta));

    private static bool IsSame(LedgerHead left, LedgerHead right) =>
        left.Revision == right.Revision && left.Epoch == right.Epoch && left.ChainHash.AsSpan().SequenceEqual(right.ChainHash);

    private readonly struct Turn(SemaphoreSlim turns) : IDisposable
    {
        public void Dispose() => turns.Release();
    }
}

/// <summary>The fallback may not take over.</summary>
internal sealed class PromotionRefusedException(string reason, Exception? innerException = null) : Exception(reason, innerException);
