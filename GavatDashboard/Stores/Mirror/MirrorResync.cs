using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores.Mirror;

/// <summary>Brings a fallback that is behind to where the primary stands, beside the running writer: copies it, and applies what came meanwhile.</summary>
internal sealed class MirrorResync(
    LedgerMirror mirror, MirrorTables tables, MirrorStanding standing, MirrorJournal journal, MirrorCopy copy, LedgerStores stores, TimeProvider time, ILogger<MirrorResync> logger)
{
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Runs once. Nothing is copied over a fallback that is not behind.</summary>
    /// <returns>False when it has to be run again: too much came meanwhile, or another reign began.</returns>
    /// <exception cref="MirrorDivergedException">The fallback holds what the primary does not hold.</exception>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        if (!tables.BeginCopy())
        {
            return true;
        }

        var head = await copy.RunAsync(cancellationToken);
        while (true)
        {
            while (standing.Missed.Take(head.Revision) is { Count: > 0 } group)
            {
                var next = LedgerDelta.Join(group);
                await Task.Run(() => journal.Apply(next), CancellationToken.None);
                head = next.After;
            }

            if (!standing.Missed.IsComplete)
            {
                return false;
            }

            // Nothing is committed until the session ends.
            await using var session = await LockPrimaryAsync(cancellationToken);
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

    private async Task<bool> TryFollowAsync(LedgerHead head, LedgerHead primary)
    {
        // Nothing is put on its way meanwhile; what is on its way waits for the primary's lock, or is refused.
        using var turn = await mirror.EnterAsync();
        if (!mirror.TryFollow(head, primary))
        {
            return false;
        }

        logger.LogInformation("The fallback follows the primary, at revision {Revision}", head.Revision);
        return true;
    }

    private async Task<ILedgerSession> LockPrimaryAsync(CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(LockTimeout);
        try
        {
            return await stores.PrimaryStorage.BeginAsync(LedgerReads.For([], time.GetUtcNow()), timeout.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StoreUnavailableException(stores.Primary.Kind, $"The ledger's head could not be locked within {LockTimeout.TotalSeconds:0} s.", innerException: exception);
        }
    }
}
