using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Mirror;

/// <summary>Lets the fallback take over from the primary with all that was noted, or rehearses it. The writer waits meanwhile.</summary>
internal sealed class MirrorTakeover(LedgerMirror mirror, MirrorTables tables, MirrorStanding standing, MirrorJournal journal, MirrorPromotion promotion)
{
    /// <summary>
    /// Applies everything that was noted, the batches in doubt included, and begins the fallback's own reign. The writer's steps that come
    /// later are refused.
    /// </summary>
    /// <param name="reign">Gives the reign that follows the file's head.</param>
    /// <param name="persist">Writes the coordinator's state in the same transaction.</param>
    /// <exception cref="PromotionRefusedException">The file lacks something or is damaged, and nothing was changed.</exception>
    public async Task<Promotion> PromoteAsync(Func<ControlledHead, Reign> reign, Action<SqliteConnection, SqliteTransaction, Reign> persist)
    {
        using var turn = await mirror.EnterAsync();
        await Task.Run(tables.CatchUp);
        if (!standing.IsFollowing)
        {
            throw new PromotionRefusedException($"The fallback does not hold everything that was acknowledged: {standing.Status.Reason}");
        }

        try
        {
            if (!standing.IsMarked)
            {
                throw new PromotionRefusedException("The fallback's marker says that it does not hold everything that was acknowledged.");
            }

            // From the disk, which was hashed, and not from memory: what leads must be what a restart would find.
            var done = await promotion.PromoteAsync(await journal.ReadNotesAsync(CancellationToken.None), reign, persist);
            mirror.Lead();
            return done;
        }
        catch (Exception failure) when (MirrorStanding.IsFailure(failure))
        {
            throw new PromotionRefusedException($"The fallback's file cannot take over: {failure.Message}", failure);
        }
    }

    /// <summary>Lets the fallback take over and do some operations, and rolls all of it back.</summary>
    /// <exception cref="StoreUnavailableException">The fallback has taken over already.</exception>
    public async Task<Rehearsal> RehearseAsync(IReadOnlyList<LedgerOperation> operations, DateTimeOffset now)
    {
        using var turn = await mirror.EnterAsync();
        standing.RefuseWhileLeading();
        await Task.Run(tables.CatchUp);
        return await promotion.RehearseAsync(await journal.ReadNotesAsync(CancellationToken.None), operations, now);
    }
}

/// <summary>The fallback may not take over.</summary>
internal sealed class PromotionRefusedException(string reason, Exception? innerException = null) : Exception(reason, innerException);
