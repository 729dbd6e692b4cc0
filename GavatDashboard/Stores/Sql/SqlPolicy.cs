using System.Globalization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Sql;

/// <summary>How a policy lies in the tables <c>prices</c> and <c>control</c>.</summary>
internal static class SqlPolicy
{
    private const string EarnPerDay = "limits.earn_per_day";
    private const string SpendPerDay = "limits.spend_per_day";
    private const string MessagesPerDay = "limits.messages_per_day";
    private const string SilverFrom = "tiers.silver_from";
    private const string GoldFrom = "tiers.gold_from";
    private const string PlatinumFrom = "tiers.platinum_from";

    /// <summary>The rows of <c>control</c> that hold it, prices aside.</summary>
    public static IEnumerable<(string Key, string Value)> ToControl(LedgerPolicy policy) =>
    [
        (EarnPerDay, policy.EarnPerDay.ToString()),
        (SpendPerDay, policy.SpendPerDay.ToString()),
        (MessagesPerDay, policy.MessagesPerDay.ToString(CultureInfo.InvariantCulture)),
        (SilverFrom, policy.SilverFrom.ToString()),
        (GoldFrom, policy.GoldFrom.ToString()),
        (PlatinumFrom, policy.PlatinumFrom.ToString()),
    ];

    /// <summary>Puts a policy together; version 0 means that none was ever written, and the default holds.</summary>
    public static LedgerPolicy From(long version, IReadOnlyDictionary<string, long?> prices, IReadOnlyDictionary<string, string> control)
    {
        if (version == 0)
        {
            return LedgerPolicy.Default with { Version = 0 };
        }

        return new LedgerPolicy
        {
            Version = version,
            Prices = prices,
            EarnPerDay = Amount(EarnPerDay),
            SpendPerDay = Amount(SpendPerDay),
            MessagesPerDay = (int)Amount(MessagesPerDay).Value,
            SilverFrom = Amount(SilverFrom),
            GoldFrom = Amount(GoldFrom),
            PlatinumFrom = Amount(PlatinumFrom),
        };

        CoinAmount Amount(string key) => control.TryGetValue(key, out var value)
            ? new CoinAmount(long.Parse(value, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"The store holds policy version {version} but no '{key}' in its control table.");
    }
}
