using System.Threading.Channels;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Projection;

/// <summary>
/// Keeps one copy of the ledger up to date: reads the log after the copy's own mark, writes, moves the mark, waits for more.
/// A copy that is missing, that was restored from an older state, that belongs to another ledger, or whose events were
/// trimmed already, is brought back on its own.
/// </summary>
internal sealed partial class ProjectionLoop(
    IProjectionTarget target, IOutbox outbox, ILedgerStores ledgers, ChannelReader<bool> signal, TimeProvider time, ILogger logger)
{
    internal const int BatchSize = 1_000;
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(1);

    /// <summary>A busy ledger commits hundreds of times a second; what comes within this time is copied together, and an account that moved often only once.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(250);

    /// <summary>While callers write, a copy that is behind rests this many times as long as it worked: they wait for an answer, and nobody waits for a copy.</summary>
    private const int RestWhileWriting = 2;
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(10);
    private long _savedCursor = -1;
    private long _savedAt;
    private ProjectionStatus _status = new() { Consumer = target.Consumer, Phase = ProjectionPhase.Starting, Since = time.GetUtcNow() };

    public ProjectionStatus Status => Volatile.Read(ref _status);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var backoff = FirstBackoff;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(await ResumeAsync(cancellationToken), () => backoff = FirstBackoff, cancellationToken);
                LogNotOurs(target.Consumer);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // Whatever it is, the copy is behind and not wrong, and the next try will tell.
                NoteFailure(failure);
            }

            try
            {
                await Task.Delay(backoff, time, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            backoff = backoff * 2 < LongestBackoff ? backoff * 2 : LongestBackoff;
        }
    }

    /// <summary>The mark to go on from. Where the copy is none of this ledger, it is made anew.</summary>
    private async Task<CopyMark> ResumeAsync(CancellationToken cancellationToken)
    {
        var mark = await target.OpenAsync(cancellationToken);
        var ledger = ledgers.Current;
        var head = await ledger.ReadHeadAsync(cancellationToken);
        if (mark is not null && await IsOfThisLedgerAsync(ledger, head, mark, cancellationToken))
        {
            await ReturnCursorAsync(mark.Cursor, cancellationToken);
            return mark;
        }

        return await RebuildAsync(mark is null ? "there is none" : "it is of another ledger", cancellationToken);
    }

    private static async Task<bool> IsOfThisLedgerAsync(ICoinLedger ledger, LedgerHead head, CopyMark mark, CancellationToken cancellationToken)
    {
        if (mark.Cursor > head.Sequence)
        {
            return false;
        }

        // Without an entry there is nothing to tell ledgers by; such a copy is small and soon made again.
        return mark.EntryId is { } id
            ? (await ledger.FindEntryAsync(id, cancellationToken))?.Sequence == mark.EntrySequence
            : mark.Cursor == 0;
    }

    private async Task<CopyMark> RebuildAsync(string reason, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var ledger = ledgers.Current;
        var head = await ledger.ReadHeadAsync(cancellationToken);
        Change(status => status with { Phase = ProjectionPhase.Rebuilding, Cursor = 0, Head = head.Sequence, BehindSince = status.BehindSince ?? time.GetUtcNow(), CaughtUpAt = null });
        LogRebuilding(target.Consumer, reason);
        await target.ClearAsync(cancellationToken);
        await outbox.SaveCursorAsync(target.Consumer, 0, cancellationToken);
        var mark = new CopyMark(0, null, 0);
        if (target.PrefersLedger || !await HoldsAllEventsAsync(head, cancellationToken))
        {
            var known = (await ledger.ListEntriesAsync(new EntryQuery { Limit = 1 }, cancellationToken)).SingleOrDefault();
            mark = new CopyMark(head.Sequence, known?.Id, known?.Sequence ?? 0);
        }

        var built = mark.Cursor == 0 && !target.PrefersLedger
            ? await BeginAsync(mark, cancellationToken)
            : await target.BuildAsync(ledger, mark, cancellationToken);
        if (!built)
        {
            throw new InvalidOperationException($"Somebody else writes the copy '{target.Consumer}' too. Only one instance may.");
        }

        await ReturnCursorAsync(mark.Cursor, cancellationToken);
        LogRebuilt(target.Consumer, mark.Cursor, time.GetElapsedTime(started).TotalSeconds);
        return mark;
    }

    /// <summary>An empty copy with a mark at the beginning; the events fill it.</summary>
    private Task<bool> BeginAsync(CopyMark mark, CancellationToken cancellationToken) =>
        target.ApplyAsync(new OutboxBatch([], [], [], [], [], []), null, mark, cancellationToken);

    private async Task<bool> HoldsAllEventsAsync(LedgerHead head, CancellationToken cancellationToken) =>
        head.Sequence == 0 || (await outbox.ReadAsync(0, 1, cancellationToken)).Events is [{ Sequence: 1 }];

    /// <summary>Returns when the copy turned out not to be what the mark says.</summary>
    private async Task FollowAsync(CopyMark mark, Action onProgress, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (asOf, started) = (time.GetUtcNow(), time.GetTimestamp());
            var batch = await outbox.ReadAsync(mark.Cursor, BatchSize, cancellationToken);
            if (batch.Events.Count == 0)
            {
                // The log may have ended here, or have been trimmed or replaced under the mark.
                var head = await ledgers.Current.ReadHeadAsync(cancellationToken);
                if (head.Sequence < mark.Cursor || !await target.ConfirmAsync(mark, asOf, cancellationToken))
                {
                    return;
                }

                NoteCaughtUp(mark, asOf);
                await SaveCursorAsync(mark.Cursor, cancellationToken);
                onProgress();
                await WaitAsync(cancellationToken);
                continue;
            }

            // The log has no gaps, so a gap means that events were trimmed which this copy never saw.
            if (batch.Events[0].Sequence != mark.Cursor + 1)
            {
                mark = await RebuildAsync("its next events were dropped already", cancellationToken);
                continue;
            }

            var last = batch.Entries.Count > 0 ? batch.Entries[^1] : null;
            var next = new CopyMark(batch.Events[^1].Sequence, last?.Id ?? mark.EntryId, last?.Sequence ?? mark.EntrySequence);
            if (!await target.ApplyAsync(batch, mark, next, cancellationToken))
            {
                return;
            }

            mark = next;
            await SaveCursorAsync(mark.Cursor, cancellationToken);
            await NoteProgressAsync(mark, batch.Events.Count, cancellationToken);
            onProgress();

            // Under steady load the log never ends, and yet this was its end when it was read.
            if (batch.Events.Count < BatchSize && !await target.ConfirmAsync(mark, asOf, cancellationToken))
            {
                return;
            }

            await RestAsync(time.GetElapsedTime(started), cancellationToken);
        }
    }

    /// <summary>The copy's own mark is what counts; the ledger need not hear of every step, for hearing costs it a commit.</summary>
    private async Task SaveCursorAsync(long cursor, CancellationToken cancellationToken)
    {
        if (cursor != _savedCursor && time.GetElapsedTime(_savedAt) >= IdleInterval)
        {
            await outbox.SaveCursorAsync(target.Consumer, cursor, cancellationToken);
            (_savedCursor, _savedAt) = (cursor, time.GetTimestamp());
        }
    }

    /// <summary>A copy that was restored from an older state has gone back, and the cursor only goes back by way of 0.</summary>
    private async Task ReturnCursorAsync(long cursor, CancellationToken cancellationToken)
    {
        if (await outbox.ReadCursorAsync(target.Consumer, cancellationToken) > cursor)
        {
            await outbox.SaveCursorAsync(target.Consumer, 0, cancellationToken);
        }

        await outbox.SaveCursorAsync(target.Consumer, cursor, cancellationToken);
        (_savedCursor, _savedAt) = (cursor, time.GetTimestamp());
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var woken = signal.ReadAsync(idle.Token).AsTask();
        var slept = Task.Delay(IdleInterval, time, idle.Token);
        await Task.WhenAny(woken, slept);
        var isWoken = woken.IsCompletedSuccessfully;
        await idle.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        if (isWoken)
        {
            await Task.Delay(Gathering, time, cancellationToken);
        }
    }

    /// <summary>Lets callers go first, where any wrote while the last batch was copied. When they end, the copy catches up without a pause.</summary>
    private async Task RestAsync(TimeSpan worked, CancellationToken cancellationToken)
    {
        if (signal.TryRead(out _))
        {
            var rest = worked * RestWhileWriting;
            await Task.Delay(rest < Gathering ? Gathering : rest > LongestRest ? LongestRest : rest, time, cancellationToken);
        }
    }

    private async Task NoteProgressAsync(CopyMark mark, int events, CancellationToken cancellationToken)
    {
        var head = events == BatchSize ? (await ledgers.Current.ReadHeadAsync(cancellationToken)).Sequence : mark.Cursor;
        var now = time.GetUtcNow();
        Change(status => status with
        {
            Phase = ProjectionPhase.Following,
            Cursor = mark.Cursor,
            Head = head,
            Error = null,
            BehindSince = head > mark.Cursor ? status.BehindSince ?? now : null,
        });
    }

    private void NoteCaughtUp(CopyMark mark, DateTimeOffset asOf)
    {
        if (Status.Phase == ProjectionPhase.Waiting)
        {
            LogBack(target.Consumer);
        }

        Change(status => status with
        {
            Phase = ProjectionPhase.Following, Cursor = mark.Cursor, Head = mark.Cursor, Error = null, BehindSince = null, CaughtUpAt = asOf,
        });
    }

    private void NoteFailure(Exception failure)
    {
        var isNew = Status.Phase != ProjectionPhase.Waiting;
        var now = time.GetUtcNow();
        Change(status => status with
        {
            Phase = ProjectionPhase.Waiting,
            Error = failure is StoreUnavailableException ? failure.Message : $"{failure.GetType().Name}: {failure.Message}",
            BehindSince = status.BehindSince ?? now,
        });
        if (!isNew)
        {
            return;
        }

        // Once an outage, not once a try. An outage needs no stack; anything else does.
        LogWaiting(failure is StoreUnavailableException ? null : failure, target.Consumer, failure.Message);
    }

    /// <summary>Only the loop writes; pages read.</summary>
    private void Change(Func<ProjectionStatus, ProjectionStatus> change)
    {
        var before = Status;
        var after = change(before);
        Volatile.Write(ref _status, after.Phase == before.Phase ? after : after with { Since = time.GetUtcNow() });
    }

    [LoggerMessage(2201, LogLevel.Warning, "The copy {Consumer} waits: {Failure} It tries again until it succeeds, at least every 10 s.")]
    private partial void LogWaiting(Exception? exception, string consumer, string failure);

    [LoggerMessage(2202, LogLevel.Information, "The copy {Consumer} is up to date again.")]
    private partial void LogBack(string consumer);

    [LoggerMessage(2203, LogLevel.Information, "The copy {Consumer} is made anew from the ledger, because {Reason}.")]
    private partial void LogRebuilding(string consumer, string reason);

    [LoggerMessage(2204, LogLevel.Information, "The copy {Consumer} was made anew up to place {Cursor} of the log in {Seconds:0.0} s.")]
    private partial void LogRebuilt(string consumer, long cursor, double seconds);

    [LoggerMessage(2205, LogLevel.Warning, "The copy {Consumer} is not what it was a moment ago: lost, restored, or written by another instance. It is looked at anew.")]
    private partial void LogNotOurs(string consumer);
}
