using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>Goes through the users of a ledger by id, the canary first.</summary>
internal static class UserPages
{
    /// <summary>The next users.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="position">The last id of the page before; empty for the first page.</param>
    /// <param name="size">The most users of a page.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static async Task<IReadOnlyList<string>> ReadAsync(ICoinLedger ledger, string position, int size, CancellationToken cancellationToken)
    {
        if (position.Length == 0 && await ledger.FindUserAsync(SystemAccounts.Canary, cancellationToken) is { } canary)
        {
            return [canary.Id];
        }

        // The canary's id is on no list of users, and every list goes on after it from the beginning.
        var after = SystemAccounts.IsReserved(position) ? string.Empty : position;
        return [.. (await ledger.ListUsersAsync(after, size, cancellationToken)).Select(user => user.Id)];
    }
}
