using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Coins;

/// <summary>What the cache has to hear of before a batch is acknowledged.</summary>
internal static class CachedAccounts
{
    /// <summary>Answers that are replayed are acknowledged too: the commit they speak of may have come after its caller was given up.</summary>
    public static IReadOnlyList<Account> Of(LedgerDelta delta, IReadOnlyList<OperationResult> results)
    {
        List<Account>? replayed = null;
        foreach (var result in results)
        {
            var account = result switch
            {
                OperationResult.Posted { Replayed: true } posted => posted.Account,
                OperationResult.TierPinned pinned => pinned.Account,
                OperationResult.TierRefreshed refreshed => refreshed.Account,
                _ => null,
            };
            if (account is not null)
            {
                (replayed ??= []).Add(account);
            }
        }

        // The accounts of the batch come first, for they are as the batch left them.
        return replayed is null
            ? delta.Accounts
            : [.. delta.Accounts.Concat(replayed).DistinctBy(account => account.UserId, StringComparer.Ordinal)];
    }
}
