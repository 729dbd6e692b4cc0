using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Economy;

/// <summary>The numbers of a policy by name: prices by the code of their entry type, limits and thresholds by the name of their property.</summary>
internal static class PolicyFields
{
    /// <summary>Entry types that have a price or a reward; operations of the others name their amount.</summary>
    public static IReadOnlyList<string> Prices { get; } = [.. EntryType.All.Where(type => type.DefaultAmount is not null).Select(type => type.Code)];

    /// <summary>Daily limits.</summary>
    public static IReadOnlyList<string> Limits { get; } = [nameof(LedgerPolicy.EarnPerDay), nameof(LedgerPolicy.SpendPerDay), nameof(LedgerPolicy.MessagesPerDay)];

    /// <summary>Tier thresholds, ascending.</summary>
    public static IReadOnlyList<string> Tiers { get; } = [nameof(LedgerPolicy.SilverFrom), nameof(LedgerPolicy.GoldFrom), nameof(LedgerPolicy.PlatinumFrom)];

    /// <summary>All of them, as they are shown.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Prices, .. Limits, .. Tiers];

    /// <summary>The key of a field's name among the texts.</summary>
    public static string TextOf(string field) => Prices.Contains(field) ? $"EntryType.{field}" : $"Policy.{field}";

    /// <summary>The least and the most that a field may hold.</summary>
    public static (long Least, long Most) RangeOf(string field) =>
        (Limits.Contains(field) ? 0 : 1, field == nameof(LedgerPolicy.MessagesPerDay) ? int.MaxValue : CoinAmount.MaxOperation.Value);

    /// <summary>A field's number; null for a price that each operation names.</summary>
    public static long? ValueOf(LedgerPolicy policy, string field) => field switch
    {
        nameof(LedgerPolicy.EarnPerDay) => policy.EarnPerDay.Value,
        nameof(LedgerPolicy.SpendPerDay) => policy.SpendPerDay.Value,
        nameof(LedgerPolicy.MessagesPerDay) => policy.MessagesPerDay,
        nameof(LedgerPolicy.SilverFrom) => policy.SilverFrom.Value,
        nameof(LedgerPolicy.GoldFrom) => policy.GoldFrom.Value,
        nameof(LedgerPolicy.PlatinumFrom) => policy.PlatinumFrom.Value,
        _ => policy.Prices.GetValueOrDefault(field),
    };

    /// <summary>A policy with other numbers.</summary>
    public static LedgerPolicy With(LedgerPolicy policy, IReadOnlyDictionary<string, long> numbers)
    {
        var prices = policy.Prices.ToDictionary(price => price.Key, price => price.Value, StringComparer.Ordinal);
        foreach (var code in Prices)
        {
            prices[code] = numbers[code];
        }

        return policy with
        {
            Prices = prices,
            EarnPerDay = new(numbers[nameof(LedgerPolicy.EarnPerDay)]),
            SpendPerDay = new(numbers[nameof(LedgerPolicy.SpendPerDay)]),
            MessagesPerDay = (int)numbers[nameof(LedgerPolicy.MessagesPerDay)],
            SilverFrom = new(numbers[nameof(LedgerPolicy.SilverFrom)]),
            GoldFrom = new(numbers[nameof(LedgerPolicy.GoldFrom)]),
            PlatinumFrom = new(numbers[nameof(LedgerPolicy.PlatinumFrom)]),
        };
    }

    /// <summary>In what two policies differ.</summary>
    public static IReadOnlyList<PolicyChange> Changes(LedgerPolicy before, LedgerPolicy after) =>
    [
        .. All.Select(field => new PolicyChange(field, ValueOf(before, field), ValueOf(after, field))).Where(change => change.Before != change.After),
    ];
}

/// <summary>A number of a policy that changes.</summary>
/// <param name="Field">Its name, see <see cref="PolicyFields"/>.</param>
/// <param name="Before">What it was.</param>
/// <param name="After">What it is then.</param>
public sealed record PolicyChange(string Field, long? Before, long? After);
