using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Mirror;

/// <summary>
/// Keeps the fallback equal to the primary. While it follows, every batch is noted durably before the primary commits it, so that what
/// was acknowledged is in the fallback's files; the notes are brought into the ledger's tables behind the writer's back
/// (<see cref="MirrorTables"/>). When a file fails, the marker is taken away first, then the primary goes on alone, and
/// <see cref="MirrorResync"/> brings the fallback up to date.
/// </summary>
/// <remarks>
/// The methods that take a batch are for the ledger's single writer. It notes a batch while the one before it is still on its way, so
/// several notes are in doubt at once (<see cref="BatchesInDoubt"/>).
/// </remarks>
internal sealed class LedgerMirror(MirrorJournal journal, MirrorStanding standing, MirrorTables tables, ILogger<LedgerMirror> logger) : IDisposable
{
    // The writer's steps and a promotion take turns: after it, nothing may be noted for the primary any more.
    private readonly SemaphoreSlim _turn = new(1, 1);

    // While the mirror follows, they are noted.
    private readonly BatchesInDoubt _inDoubt = new();
    private bool _isOpen;

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

            if (standing.IsMarked)
            {
                var notes = await journal.ReadNotesAsync(cancellationToken);
                Follow(await journal.ReadHeadAsync(cancellationToken), "It held everything when the application stopped.");
                foreach (var note in notes)
                {
                    // As the writer did: it noted one only after there was room for it. Of those left nobody knows.
                    if (_inDoubt.IsFull)
                    {
                        Commit(_inDoubt.Oldest!);
                    }

                    _inDoubt.Add(note);
                }

                return;
            }
        }
        catch (Exception failure) when (MirrorStanding.IsFailure(failure))
        {
            logger.LogError(failure, "The fallback's file cannot be taken up as it is");
        }

        standing.FallBehind("it has to be compared with the primary after the start");
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

        using var turn = EnterAsWriter();
        var isFollowing = standing.IsFollowing;
        while (isFollowing && _inDoubt.Oldest is { } note && !_inDoubt.Head!.IsSame(primary))
        {
            Commit(note);
        }

        var isDropped = _inDoubt.Oldest is not null;
        _inDoubt.Clear();
        if (!isFollowing)
        {
            return;
        }

        if (!_inDoubt.Head!.IsSame(primary))
        {
            standing.FallBehind($"the primary stands at revision {primary.Revision}, the mirror at {_inDoubt.Head.Revision}");
        }
        else if (isDropped)
        {
            DropNotesAfter(primary.Revision);
        }
    }

    /// <summary>Notes a batch durably, before it is sent to the primary. It follows the last one that is on its way, or the head.</summary>
    /// <exception cref="InvalidOperationException">As many are on their way as may be.</exception>
    public void Note(LedgerDelta delta)
    {
        using var turn = EnterAsWriter();
        var end = _inDoubt.End;
        _inDoubt.Add(delta);
        if (!standing.IsFollowing)
        {
            return;
        }

        if (!end!.IsSame(delta.Before))
        {
            standing.FallBehind($"a batch follows revision {delta.Before.Revision}, and what was noted ends at {end.Revision}");
            return;
        }

        try
        {
            journal.Note(delta, tables.AppliedThrough);
        }
        catch (Exception failure) when (MirrorStanding.IsFailure(failure))
        {
            standing.FallBehind(failure);
        }
    }

    /// <summary>
    /// A noted batch is not in the primary, for certain, and what was noted after it builds on it: none of it must come to life when the
    /// fallback takes over. A batch that was given up and comes to its end late withdraws nothing that was noted since.
    /// </summary>
    public void Withdraw(LedgerDelta delta)
    {
        using var turn = EnterAsWriter();
        if (_inDoubt.Remove(delta) && standing.IsFollowing)
        {
            DropNotesAfter(delta.Before.Revision);
        }
    }

    /// <summary>
    /// The primary has committed the oldest batch on its way: it is handed on to be applied. When it returns, the batch may be acknowledged.
    /// It waits while too much is handed on and not applied.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The mirror failed and its marker cannot be taken away: nothing may be acknowledged.</exception>
    public ValueTask ConfirmAsync(LedgerDelta delta)
    {
        using var turn = EnterAsWriter();
        if (standing.IsFollowing && !ReferenceEquals(delta, _inDoubt.Oldest))
        {
            if (delta.After.Revision <= _inDoubt.Head!.Revision)
            {
                // It was given up, and the primary's head has told since what became of it.
                return ValueTask.CompletedTask;
            }

            standing.FallBehind($"the primary has committed revision {delta.After.Revision}, of which there is no note");
        }

        return Commit(delta) ? standing.Backlog.WaitForRoomAsync() : ValueTask.CompletedTask;
    }

    /// <summary>What the primary holds is not known any more: the fallback may not take over until it was compared.</summary>
    public async Task DistrustAsync(string reason)
    {
        using var turn = await EnterAsync();
        standing.FallBehind(reason);
    }

    /// <summary>Follows the primary again after the fallback gave way to it.</summary>
    public async Task FollowAsync(LedgerHead head)
    {
        using var turn = await EnterAsync();
        try
        {
            journal.DropNotesAfter(0);
            _inDoubt.Clear();
            Follow(head, "It gave way to the primary with everything that it had acknowledged.");
        }
        catch (Exception failure) when (MirrorStanding.IsFailure(failure))
        {
            standing.FallBehind(failure);
        }
    }

    /// <summary>Waits for the turn. The writer waits until the result is disposed.</summary>
    public async Task<Turn> EnterAsync()
    {
        await _turn.WaitAsync();
        return new Turn(_turn);
    }

    /// <summary>The fallback has taken over: the writer's steps that come later are refused. In a turn.</summary>
    public void Lead()
    {
        _inDoubt.Clear();
        standing.Lead();
    }

    /// <summary>Follows the primary where the copy of it stands where it stands, and lacks nothing. In a turn.</summary>
    public bool TryFollow(LedgerHead copied, LedgerHead primary)
    {
        if (!standing.Missed.AreAllTaken || !copied.IsSame(primary))
        {
            return false;
        }

        // Notes of before are none of what follows, and what is on its way was not noted.
        journal.DropNotesAfter(0);
        foreach (var open in _inDoubt.Following(copied))
        {
            journal.Note(open, copied.Revision);
        }

        Follow(copied, "It holds everything that was acknowledged.");
        return true;
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>The writer's turn. A step that was on its way when the fallback took over must do nothing: its caller has been given up.</summary>
    private Turn EnterAsWriter()
    {
        _turn.Wait();
        var turn = new Turn(_turn);
        try
        {
            standing.RefuseWhileLeading();
            return turn;
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    private bool Commit(LedgerDelta delta)
    {
        _inDoubt.Commit(delta);
        return standing.HandOn(delta);
    }

    private void Follow(LedgerHead head, string reason)
    {
        _inDoubt.Head = head;
        tables.AppliedThrough = head.Revision;
        standing.Follow(reason);
    }

    private void DropNotesAfter(long revision)
    {
        try
        {
            journal.DropNotesAfter(revision);
        }
        catch (Exception failure) when (MirrorStanding.IsFailure(failure))
        {
            standing.FallBehind(failure);
        }
    }

    /// <summary>The turn to look at what is noted, and to change it.</summary>
    internal readonly struct Turn(SemaphoreSlim turns) : IDisposable
    {
        public void Dispose() => turns.Release();
    }
}
