namespace GavatDashboard.Domain.Analysis;

/// <summary>A number that rules can look at.</summary>
/// <param name="Name">Its name in rules, such as <c>spent_30d</c>.</param>
/// <param name="Unit">Its unit, such as <c>coins</c>; empty for a yes (1) or no (0).</param>
/// <param name="Words">What it is, for a person.</param>
public sealed record Fact(string Name, string Unit, string Words)
{
    /// <summary>The smallest value that it can have.</summary>
    public long Least { get; init; }

    /// <summary>The largest value that it can have.</summary>
    public long Most { get; init; } = Unit switch { "" => 1, "of 5" => 5, _ => long.MaxValue };

    private static readonly Fact[] Catalog =
    [
        new(FactNames.AgeDays, "days", "time since registration"),
        new(FactNames.NeverSeen, string.Empty, "never seen"),
        new(FactNames.RecencyDays, "days", "time since the user was last seen"),
        new(FactNames.ActiveDays14, "days", "days with any activity in the last 14 days") { Most = 15 },
        new(FactNames.ActiveDays30, "days", "days with any activity in the last 30 days") { Most = 31 },
        new(FactNames.ActiveDays90, "days", "days with any activity in the last 90 days") { Most = 91 },
        new(FactNames.Spent30, "coins", "spent in the last 30 days"),
        new(FactNames.Spent90, "coins", "spent in the last 90 days"),
        new(FactNames.SpentLifetime, "coins", "spent in all"),
        new(FactNames.SpendTrendPercent, "%", "change of spending against the 30 days before") { Least = -100 },
        new(FactNames.EarnedOwnLifetime, "coins", "earned by own activity in all"),
        new(FactNames.Balance, "coins", "balance") { Least = long.MinValue },
        new(FactNames.IsVip, string.Empty, "has the type vip"),
        new(FactNames.IsCreator, string.Empty, "is a creator"),
        new(FactNames.Types30, "types", "kinds of entries in the last 30 days"),
        new(FactNames.Activities30, "events", "activity events in the last 30 days"),
        new(FactNames.BusiestHourEarns, "entries", "most earning entries within an hour in the last 30 days"),
        new(FactNames.LimitRefusals7, "refusals", "refusals at a daily limit in the last 7 days"),
        new(FactNames.FundsRefusals7, "refusals", "refusals for missing funds in the last 7 days"),
        new(FactNames.Referrals30, "referrals", "referrals in the last 30 days"),
        new(FactNames.MutualReferrals, "users", "users who referred this user and were referred by this user"),
        new(FactNames.EarnOnlyCoins, "coins", "earned without ever spending"),
        new(FactNames.BurstEntries, "entries", "entries in a burst after a long silence"),
        new(FactNames.Reversals90, "reversals", "reversed entries in the last 90 days"),
        new(FactNames.ReferralCycle, "users", "users in a circle of referrals that comes back to this user"),
        new(FactNames.ReferredHollow, "users", "referred users who never spent and did not come back after their first day"),
        new(FactNames.ReferredHollowPercent, "%", "share of referred users who never spent and did not come back after their first day") { Most = 100 },
        new(FactNames.DoubleReferrals, "users", "referred users whom somebody else referred too"),
        new(FactNames.SharedDeviceUsers, "users", "other users of the same devices"),
        new(FactNames.RepeatPurchases, "purchases", "days with a purchase after the first"),
        new(FactNames.AlivePercent, "%", "probability that the user will buy again") { Most = 100 },
        new(FactNames.ExpectedPurchases, "hundredths", "purchases expected in the next 12 weeks, in hundredths"),
        new(FactNames.ExpectedCoins, "coins", "coins expected in the next 12 weeks"),
        new(FactNames.RfmRecency, "of 5", "score of recency among all users") { Least = 1 },
        new(FactNames.RfmFrequency, "of 5", "score of frequency among all users") { Least = 1 },
        new(FactNames.RfmMonetary, "of 5", "score of coins spent among all users") { Least = 1 },
        new(FactNames.RiskPoints, "points", "points of the red flags together"),
    ];

    private static readonly Dictionary<string, Fact> ByName = Catalog.ToDictionary(fact => fact.Name, StringComparer.Ordinal);

    /// <summary>Every fact.</summary>
    public static IReadOnlyList<Fact> All => Catalog;

    /// <summary>The fact with a name, or null.</summary>
    public static Fact? Find(string name) => ByName.GetValueOrDefault(name);
}

/// <summary>The names of facts.</summary>
internal static class FactNames
{
    public const string AgeDays = "age_days";
    public const string NeverSeen = "never_seen";
    public const string RecencyDays = "recency_days";
    public const string ActiveDays14 = "active_days_14d";
    public const string ActiveDays30 = "active_days_30d";
    public const string ActiveDays90 = "active_days_90d";
    public const string Spent30 = "spent_30d";
    public const string Spent90 = "spent_90d";
    public const string SpentLifetime = "spent_lifetime";
    public const string SpendTrendPercent = "spend_trend_percent";
    public const string EarnedOwnLifetime = "earned_own_lifetime";
    public const string Balance = "balance";
    public const string IsVip = "is_vip";
    public const string IsCreator = "is_creator";
    public const string Types30 = "entry_types_30d";
    public const string Activities30 = "activities_30d";
    public const string BusiestHourEarns = "busiest_hour_earns_30d";
    public const string LimitRefusals7 = "limit_refusals_7d";
    public const string FundsRefusals7 = "funds_refusals_7d";
    public const string Referrals30 = "referrals_30d";
    public const string MutualReferrals = "mutual_referrals";
    public const string EarnOnlyCoins = "earn_only_coins";
    public const string BurstEntries = "burst_entries";
    public const string Reversals90 = "reversals_90d";
    public const string ReferralCycle = "referral_cycle";
    public const string ReferredHollow = "referred_hollow";
    public const string ReferredHollowPercent = "referred_hollow_percent";
    public const string DoubleReferrals = "double_referrals";
    public const string SharedDeviceUsers = "shared_device_users";
    public const string RepeatPurchases = "repeat_purchases";
    public const string AlivePercent = "alive_percent";
    public const string ExpectedPurchases = "expected_purchases_12w_x100";
    public const string ExpectedCoins = "expected_coins_12w";
    public const string RfmRecency = "rfm_recency";
    public const string RfmFrequency = "rfm_frequency";
    public const string RfmMonetary = "rfm_monetary";
    public const string RiskPoints = "risk_points";
}
