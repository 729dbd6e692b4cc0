using GavatDashboard.Domain.Coins;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Mirror;

/// <summary>
/// How the fallback stands to the primary, and with that where a committed batch goes: to its tables while it follows, among the missed
/// ones while it is behind. The marker on the disk is taken away before the
/// fallback falls behind, and set before it follows.
/// </summary>
internal sealed class MirrorStanding(PromotableMarker marker, TimeProvider time, ILogger<MirrorStanding> logger) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _behind = new(0, 1);
    private volatile MirrorStatus _status = new(MirrorState.Behind, "The application has just started.", time.GetUtcNow(), 0);

    /// <summary>How it stands.</summary>
    public MirrorStatus Status => _status;

    /// <summary>Whether it holds everything that was acknowledged, in its tables or in its notes.</summary>
    public bool IsFollowing => _status.State == MirrorState.Following;

    /// <summary>Whether the marker on the disk says so.</summary>
    public bool IsMarked => marker.IsSet;

    /// <summary>Batches that wait to be applied.</summary>
    public MirrorBacklog Backlog { get; } = new();

    /// <summary>Batches that wait for the copy of the primary.</summary>
    public MissedBatches Missed { get; } = new();

    /// <summary>What a broken file or a foreign row throws; a programming error is none of it.</summary>
    public static bool IsFailure(Exception exception) =>
        exception is StoreUnavailableException or SqliteException or IOException or UnauthorizedAccessException or InvalidDataException;

    /// <summary>Hands a committed batch on.</summary>
    /// <returns>Whether it will be applied.</returns>
    public bool HandOn(LedgerDelta delta)
    {
        lock (_gate)
        {
            switch (_status.State)
            {
                case MirrorState.Following:
                    Backlog.Add(delta);
                    return true;
                case MirrorState.Behind:
                    _status = _status with { Missed = Missed.Add(delta) };
                    return false;
                default:
                    return false;
            }
        }
    }

    /// <summary>Refuses what is for the primary's reign only.</summary>
    /// <exception cref="StoreUnavailableException">The fallback has taken over.</exception>
    public void RefuseWhileLeading()
    {
        if (_status.State == MirrorState.Leading)
        {
            throw new StoreUnavailableException(StoreKind.PostgreSql, "The fallback has taken over from the primary.", mayHaveHappened: true);
        }
    }

    /// <summary>It holds everything that was acknowledged.</summary>
    /// <exception cref="IOException">The marker cannot be set.</exception>
    public void Follow(string reason)
    {
        lock (_gate)
        {
            if (!marker.IsSet)
            {
                marker.Write(isPromotable: true);
            }

            Missed.Clear();
            Become(MirrorState.Following, reason);
        }
    }

    /// <summary>It has taken over.</summary>
    public void Lead()
    {
        lock (_gate)
        {
            Backlog.Clear();
            Missed.Clear();
            Become(MirrorState.Leading, "It has taken over and takes the writes.");
        }
    }

    /// <summary>Its file failed.</summary>
    public void FallBehind(Exception failure)
    {
        logger.LogError(failure, "The fallback's file failed; the primary goes on alone until it is up to date again");
        FallBehind(failure.Message);
    }

    /// <summary>It lacks something, or may.</summary>
    /// <exception cref="StoreUnavailableException">The marker cannot be taken away: nothing may be acknowledged.</exception>
    public void FallBehind(string reason)
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
            Backlog.Clear();
            Become(MirrorState.Behind, reason);
            if (_behind.CurrentCount == 0)
            {
                _behind.Release();
            }
        }
    }

    /// <summary>It holds what the primary does not: nothing is overwritten, and a person has to look.</summary>
    public void Diverge(string reason)
    {
        lock (_gate)
        {
            Missed.Clear();
            Become(MirrorState.Diverged, reason);
        }

        logger.LogCritical("The fallback's ledger differs from the primary's and is left as it is: {Reason}", reason);
    }

    /// <summary>A copy of the primary begins: from now on every batch is held until it is done.</summary>
    /// <returns>False when the fallback is not behind, and nothing may be copied over it: it may have taken over since it was.</returns>
    public bool BeginCopy()
    {
        lock (_gate)
        {
            if (_status.State != MirrorState.Behind)
            {
                return false;
            }

            Missed.Clear();
            return true;
        }
    }

    /// <summary>Waits until it is behind.</summary>
    public Task WaitUntilBehindAsync(CancellationToken cancellationToken) => _behind.WaitAsync(cancellationToken);

    public void Dispose()
    {
        _behind.Dispose();
        Backlog.Dispose();
        marker.Dispose();
    }

    private void Become(MirrorState state, string reason) => _status = new MirrorStatus(state, reason, time.GetUtcNow(), 0);
}
