using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>How findings name what they found.</summary>
internal static class Words
{
    /// <summary>An entry, so that it can be found again.</summary>
    public static string Name(Entry entry) => $"the entry {entry.Id} at place {entry.Sequence} of user '{entry.UserId}'";

    /// <summary>An account's values in a few words.</summary>
    public static string Values(Account account) => $"{account.Balance} coins (earned {account.Earned}, spent {account.Spent}, version {account.Version})";
}
