using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>
/// Compares copies of accounts with a ledger that goes on: the ledger is read before and after the copies, and a copy must lie between the two
/// by its version, and be equal where the versions are.
/// </summary>
internal static class AccountBracket
{
    /// <summary>The first copy that does not fit, or null.</summary>
    /// <param name="place">What the copy is.</param>
    /// <param name="before">The ledger's accounts from before; the copies had time to follow since.</param>
    /// <param name="copies">The copies.</param>
    /// <param name="after">The ledger's accounts from after.</param>
    /// <param name="mayLack">Whether a copy may be missing.</param>
    /// <param name="mayBeOld">Whether a copy may be older: that of a store that is known to be behind, or that nobody is served from.</param>
    public static Finding? FindWrong(
        string place, IReadOnlyList<Account> before, IEnumerable<Account> copies, IReadOnlyList<Account> after, bool mayLack, bool mayBeOld = false)
    {
        var (held, now) = (copies.ToDictionary(copy => copy.UserId, StringComparer.Ordinal), after.ToDictionary(account => account.UserId, StringComparer.Ordinal));
        foreach (var account in before.OrderBy(account => account.UserId, StringComparer.Ordinal))
        {
            if (!held.TryGetValue(account.UserId, out var copy))
            {
                if (!mayLack)
                {
                    return Finding.Of("copy-lacks-account", account.UserId) with { Place = place };
                }

                continue;
            }

            var latest = now.GetValueOrDefault(account.UserId, account);
            if ((copy.Version < account.Version && !mayBeOld) || copy.Version > latest.Version
                || (copy.Version == account.Version && copy != account) || (copy.Version == latest.Version && copy != latest))
            {
                return Finding.Of(
                    "copy-account", account.UserId, copy.Balance, copy.Earned, copy.Spent, copy.Version, latest.Balance, latest.Earned, latest.Spent, latest.Version) with { Place = place };
            }
        }

        return null;
    }
}
