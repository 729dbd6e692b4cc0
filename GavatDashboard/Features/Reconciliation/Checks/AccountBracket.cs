using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>
/// Compares copies of accounts with a ledger that goes on: the ledger is read before and after the copies, and a copy must lie between the two
/// by its version, and be equal where the versions are.
/// </summary>
internal static class AccountBracket
{
    /// <summary>The first copy that does not fit, for a person, or null.</summary>
    /// <param name="copyName">What the copy is called.</param>
    /// <param name="before">The ledger's accounts from before; the copies had time to follow since.</param>
    /// <param name="copies">The copies.</param>
    /// <param name="after">The ledger's accounts from after.</param>
    /// <param name="mayLack">Whether a copy may be missing.</param>
    public static string? FindWrong(
        string copyName, IReadOnlyList<Account> before, IEnumerable<Account> copies, IReadOnlyList<Account> after, bool mayLack)
    {
        var (held, now) = (copies.ToDictionary(copy => copy.UserId, StringComparer.Ordinal), after.ToDictionary(account => account.UserId, StringComparer.Ordinal));
        foreach (var account in before.OrderBy(account => account.UserId, StringComparer.Ordinal))
        {
            if (!held.TryGetValue(account.UserId, out var copy))
            {
                if (!mayLack)
                {
                    return $"{copyName} lacks the account '{account.UserId}'";
                }

                continue;
            }

            var latest = now.GetValueOrDefault(account.UserId, account);
            if (copy.Version < account.Version || copy.Version > latest.Version
                || (copy.Version == account.Version && copy != account) || (copy.Version == latest.Version && copy != latest))
            {
                return $"{copyName} holds the account '{account.UserId}' with {Words.Values(copy)}; the ledger says {Words.Values(latest)}";
            }
        }

        return null;
    }
}
