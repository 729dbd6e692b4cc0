using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Domain.Failover;

/// <summary>What a recovery does with the head that it finds in the primary. Pure, so that the simulation decides as the application does.</summary>
public static class RecoveryPlan
{
    /// <summary>
    /// Why the primary may not be written under a reign; null where it may. A reign on the fallback leaves its owner's name in the primary, so
    /// where there is none another one reigned meanwhile, perhaps under a number of the same height.
    /// </summary>
    /// <param name="foundEpoch">The epoch in the primary.</param>
    /// <param name="foundOwner">The owner in the primary; empty where there is none.</param>
    /// <param name="epoch">The epoch of the one who asks.</param>
    /// <param name="owner">The one who asks.</param>
    public static string? FindFence(long foundEpoch, string foundOwner, long epoch, string owner)
    {
        if (foundOwner.Length > 0 && foundOwner != owner)
        {
            return $"The primary is owned by '{foundOwner}', since epoch {foundEpoch}.";
        }

        if (foundOwner.Length == 0)
        {
            return $"The primary has no owner, since epoch {foundEpoch}: another instance had taken it over, and gave it up.";
        }

        return foundEpoch > epoch ? $"The primary is at epoch {foundEpoch}, this instance at {epoch}." : null;
    }

    /// <summary>Finds the primary's head in the chain of what the fallback holds. Nothing is written before it was found.</summary>
    /// <param name="primary">The primary's head.</param>
    /// <param name="start">The head before the first kept batch; the fallback's head where none is kept.</param>
    /// <param name="same">The fallback's head after the kept batch of the primary's revision; null where that one is not kept.</param>
    /// <returns>The first difference, or null where the primary may be brought up to date from where it stands.</returns>
    public static string? FindDifference(LedgerHead primary, LedgerHead start, LedgerHead? same)
    {
        if (IsSamePlace(primary, start) || (same is not null && IsSamePlace(primary, same)))
        {
            return null;
        }

        if (primary.Revision < start.Revision)
        {
            return $"The primary stands at revision {primary.Revision}, before revision {start.Revision}, at which the fallback took over: it lost what it had committed.";
        }

        return same is null
            ? $"The primary stands at revision {primary.Revision}, which the fallback never had: somebody else wrote to it."
            : $"The primary's revision {primary.Revision} ends at place {primary.Sequence} with another chain than the fallback's, which ends at place {same.Sequence}.";
    }

    private static bool IsSamePlace(LedgerHead left, LedgerHead right) =>
        left.Revision == right.Revision && left.Sequence == right.Sequence && left.ChainHash.AsSpan().SequenceEqual(right.ChainHash);
}
