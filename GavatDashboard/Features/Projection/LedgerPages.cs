using System.Runtime.CompilerServices;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Projection;

/// <summary>Goes through a whole ledger, page by page, so that no more than a page is in memory.</summary>
internal static class LedgerPages
{
    private const int UserPage = 1_000;
    private const int EntryPage = 1_000;

    /// <summary>All users with their accounts, the canary included.</summary>
    public static async IAsyncEnumerable<(IReadOnlyList<User> Users, IReadOnlyList<Account> Accounts)> UsersAsync(
        ICoinLedger ledger, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await ledger.FindUserAsync(SystemAccounts.Canary, cancellationToken) is { } canary)
        {
            yield return ([canary], await ledger.FindAccountsAsync([canary.Id], cancellationToken));
        }

        var after = string.Empty;
        while (true)
        {
            var users = await ledger.ListUsersAsync(after, UserPage, cancellationToken);
            if (users.Count == 0)
            {
                yield break;
            }

            yield return (users, await ledger.FindAccountsAsync([.. users.Select(user => user.Id)], cancellationToken));
            after = users[^1].Id;
        }
    }

    /// <summary>All entries, those of the canary included.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<Entry>> EntriesAsync(ICoinLedger ledger, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var userId in (string?[])[null, SystemAccounts.Canary])
        {
            Guid? before = null;
            while (true)
            {
                var entries = await ledger.ListEntriesAsync(new EntryQuery { UserId = userId, Before = before, Limit = EntryPage }, cancellationToken);
                if (entries.Count == 0)
                {
                    break;
                }

                yield return entries;
                before = entries[^1].Id;
            }
        }
    }
}
