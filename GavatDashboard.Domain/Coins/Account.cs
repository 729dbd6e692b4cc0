namespace GavatDashboard.Domain.Coins;

/// <summary>A user's coin account as of its last entry.</summary>
public sealed record Account
{
    /// <summary>Whose account it is.</summary>
    public required string UserId { get; init; }

    /// <summary>Coins at hand; never below zero unless <see cref="InDebt"/>.</summary>
    public CoinAmount Balance { get; init; }

    /// <summary>Lifetime earned coins, less what was reversed.</summary>
    public CoinAmount Earned { get; init; }

    /// <summary>Lifetime spent coins (a positive number), less what was reversed.</summary>
    public CoinAmount Spent { get; init; }

    /// <summary>The part of <see cref="Earned"/> that was bought or given by an admin.</summary>
    public CoinAmount Granted { get; init; }

    /// <summary>The tier that follows from <see cref="Earned"/>.</summary>
    public Tier Tier { get; init; }

    /// <summary>The tier an admin has pinned, or null.</summary>
    public TierPin? Pin { get; init; }

    /// <summary>Set by recovery alone, when an acknowledged entry overdrew the account; spending is frozen.</summary>
    public bool InDebt { get; init; }

    /// <summary>Goes up by one with every change; a cached copy with a lower version is old.</summary>
    public long Version { get; init; }

    /// <summary>When it last changed (UTC).</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The tier that counts at an instant: the pinned one while it holds, else the computed one.</summary>
    public Tier EffectiveTier(DateTimeOffset now) => Pin is { } pin && pin.HoldsAt(now) ? pin.Tier : Tier;
}

/// <summary>A tier set by an admin beside the computed one.</summary>
/// <param name="Tier">The pinned tier.</param>
/// <param name="Reason">Why; shown to whoever looks the user up.</param>
/// <param name="Actor">The admin who pinned it.</param>
/// <param name="ExpiresAt">When it ends (UTC), or null for no end.</param>
public sealed record TierPin(Tier Tier, string Reason, string Actor, DateTimeOffset? ExpiresAt)
{
    /// <summary>Whether the pin holds at an instant.</summary>
    public bool HoldsAt(DateTimeOffset now) => ExpiresAt is not { } end || now < end;
}

/// <summary>What a user has used of the daily limits on one UTC day.</summary>
public sealed record DayUsage
{
    /// <summary>Whose usage it is.</summary>
    public required string UserId { get; init; }

    /// <summary>The UTC day.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>Coins earned within the limits.</summary>
    public CoinAmount Earned { get; init; }

    /// <summary>Coins spent within the limits, as a positive number.</summary>
    public CoinAmount Spent { get; init; }

    /// <summary>Messages sent or rewarded.</summary>
    public int Messages { get; init; }
}

/// <summary>A tier by lifetime earned coins.</summary>
public enum Tier
{
    /// <summary>From the start.</summary>
    Bronze,

    /// <summary>From 500 coins, unless the policy says otherwise.</summary>
    Silver,

    /// <summary>From 2,000 coins, unless the policy says otherwise.</summary>
    Gold,

    /// <summary>From 5,000 coins, unless the policy says otherwise.</summary>
    Platinum,
}
