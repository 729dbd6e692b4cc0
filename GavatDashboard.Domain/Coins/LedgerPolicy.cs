namespace GavatDashboard.Domain.Coins;

/// <summary>What admins set: prices, daily limits, tier thresholds. Immutable; a change makes a new version.</summary>
public sealed record LedgerPolicy
{
    /// <summary>Goes up by one with every published change.</summary>
    public long Version { get; init; }

    /// <summary>Coins by entry-type code; null where each operation names its amount.</summary>
    public required IReadOnlyDictionary<string, long?> Prices { get; init; }

    /// <summary>The most a user may earn a UTC day, in coins.</summary>
    public CoinAmount EarnPerDay { get; init; } = new(100);

    /// <summary>The most a user may spend a UTC day, in coins.</summary>
    public CoinAmount SpendPerDay { get; init; } = new(500);

    /// <summary>The most messages of a user a UTC day.</summary>
    public int MessagesPerDay { get; init; } = 20;

    /// <summary>Lifetime earned coins from which a user is silver.</summary>
    public CoinAmount SilverFrom { get; init; } = new(500);

    /// <summary>Lifetime earned coins from which a user is gold.</summary>
    public CoinAmount GoldFrom { get; init; } = new(2_000);

    /// <summary>Lifetime earned coins from which a user is platinum.</summary>
    public CoinAmount PlatinumFrom { get; init; } = new(5_000);

    /// <summary>What holds until an admin changes it.</summary>
    public static LedgerPolicy Default { get; } = new()
    {
        Version = 1,
        Prices = EntryType.All.ToDictionary(type => type.Code, type => type.DefaultAmount?.Value),
    };

    /// <summary>The tier that follows from lifetime earned coins.</summary>
    public Tier TierFor(CoinAmount earned) =>
        earned >= PlatinumFrom ? Tier.Platinum
        : earned >= GoldFrom ? Tier.Gold
        : earned >= SilverFrom ? Tier.Silver
        : Tier.Bronze;

    /// <summary>The price of a type, or null where each operation names its amount.</summary>
    public CoinAmount? PriceOf(EntryType type) =>
        Prices.TryGetValue(type.Code, out var price) && price is { } coins ? new CoinAmount(coins) : null;

    /// <summary>What is wrong with it, in words for an admin; empty where nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        foreach (var (code, price) in Prices)
        {
            if (!EntryType.TryFind(code, out _))
            {
                errors.Add($"prices.{code}: there is no such entry type.");
            }
            else if (price is { } coins && (coins < 1 || coins > CoinAmount.MaxOperation.Value))
            {
                errors.Add($"prices.{code}: {coins} is not between 1 and {CoinAmount.MaxOperation} coins.");
            }
        }

        Check(EarnPerDay.Value, "earnPerDay");
        Check(SpendPerDay.Value, "spendPerDay");
        Check(MessagesPerDay, "messagesPerDay");
        if (SilverFrom < new CoinAmount(1) || GoldFrom <= SilverFrom || PlatinumFrom <= GoldFrom)
        {
            errors.Add("tiers: silver, gold and platinum must be at least 1 coin and ascend.");
        }

        return errors;

        void Check(long value, string name)
        {
            if (value < 0 || value > CoinAmount.MaxOperation.Value)
            {
                errors.Add($"{name}: {value} is not between 0 and {CoinAmount.MaxOperation}.");
            }
        }
    }
}
