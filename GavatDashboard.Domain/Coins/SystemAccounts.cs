namespace GavatDashboard.Domain.Coins;

/// <summary>Accounts that belong to the system. Their balances are computed from entries and never locked.</summary>
public static class SystemAccounts
{
    /// <summary>Where earned coins come from.</summary>
    public const string Earn = "treasury:earn";

    /// <summary>Where spent coins go.</summary>
    public const string Spend = "treasury:spend";

    /// <summary>The other side of what admins add and remove.</summary>
    public const string Adjust = "treasury:adjust";

    /// <summary>The reserved user whose earns and spends prove that the coin service works; they sum to zero.</summary>
    public const string Canary = "system:canary";

    /// <summary>What the ids of reserved users begin with; reserved users are on no leaderboard and in no search.</summary>
    public const string ReservedPrefix = "system:";

    /// <summary>Whether an id belongs to the system and so cannot be taken by a user.</summary>
    public static bool IsReserved(string userId) =>
        userId.StartsWith(ReservedPrefix, StringComparison.Ordinal)
        || userId.StartsWith("treasury:", StringComparison.Ordinal);
}
