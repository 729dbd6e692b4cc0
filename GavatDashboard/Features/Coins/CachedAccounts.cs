using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Coins;

/// <summary>What the cache has to hear of before a batch is acknowledged.</summary>
internal static class CachedAccounts
{
    /// <summary>Answers that are replayed are acknowledged too: the commit they speak of may have come after its caller was given up.</summary>
    public static IReadOnlyList<Account> Of(LedgerDelta delta, IReadOnlyList<OperationResult> results)
    {
        var replayed = results.Select(result => result switch
        {
            OperationResult.Posted { Replayed: true } posted => posted.Account,
            OperationResult.TierPinned pinned => pinned.Account,
            _ => null,
        });
        // The accounts of the batch come first, for they are as the batch left them.
        return [.. delta.Accounts.Concat(replayed.OfType<Account>()).DistinctBy(account => account.UserId, StringComparer.Ordinal)];
    }
}
