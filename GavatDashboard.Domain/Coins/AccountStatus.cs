namespace GavatDashboard.Domain.Coins;

/// <summary>How an account is described to support staff.</summary>
public enum AccountStatus
{
    /// <summary>Has never earned or spent.</summary>
    New,

    /// <summary>Nothing stands out.</summary>
    Normal,

    /// <summary>Earns and hardly spends: at least 100 earned, at most a tenth of it spent.</summary>
    Collector,

    /// <summary>Holds more than 1,000 coins.</summary>
    Wealthy,

    /// <summary>Has spent more than 1,000 coins.</summary>
    Loyal,

    /// <summary>Has spent more than twice what the user's own activity earned; bought and given coins do not count as earned here.</summary>
    BigSpender,

    /// <summary>A creator.</summary>
    Creator,
}

/// <summary>Tells the status of an account.</summary>
public static class AccountStatuses
{
    private static readonly CoinAmount CollectorFrom = new(100);
    private static readonly CoinAmount WealthyAbove = new(1_000);
    private static readonly CoinAmount LoyalAbove = new(1_000);

    /// <summary>The status, the most telling first: creator, new, big spender, loyal, wealthy, collector, normal.</summary>
    public static AccountStatus Of(Account account, UserType type)
    {
        if (type == UserType.Creator)
        {
            return AccountStatus.Creator;
        }

        if (account.Earned == CoinAmount.Zero && account.Spent == CoinAmount.Zero)
        {
            return AccountStatus.New;
        }

        var ownEarned = (account.Earned - account.Granted).Value;
        return account switch
        {
            _ when account.Spent.Value > 2 * ownEarned => AccountStatus.BigSpender,
            _ when account.Spent > LoyalAbove => AccountStatus.Loyal,
            _ when account.Balance > WealthyAbove => AccountStatus.Wealthy,
            _ when account.Earned >= CollectorFrom && account.Spent.Value * 10 <= account.Earned.Value => AccountStatus.Collector,
            _ => AccountStatus.Normal,
        };
    }
}
