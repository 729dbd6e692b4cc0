using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace GavatDashboard.Domain.Analysis;

/// <summary>Decides a segment. The first rule of the set whose conditions all hold decides.</summary>
/// <param name="Name">Its name, unique in the set.</param>
/// <param name="Segment">What it decides.</param>
/// <param name="Explanation">Why, for a person.</param>
/// <param name="When">Its conditions; none for the last rule, which always holds.</param>
public sealed record SegmentRule(string Name, Segment Segment, string Explanation, IReadOnlyList<RuleCondition> When);

/// <summary>Raises a flag where its conditions all hold.</summary>
/// <param name="Name">Its name, unique in the set.</param>
/// <param name="Points">What it adds to the risk, 1 to 100; 0 for a green flag.</param>
/// <param name="Explanation">What it means, for a person.</param>
/// <param name="When">Its conditions, at least one.</param>
public sealed record FlagRule(string Name, int Points, string Explanation, IReadOnlyList<RuleCondition> When)
{
    /// <summary>Whether it speaks for the user.</summary>
    public bool IsGreen => Points == 0;
}

/// <summary>All that decides about a profile. Immutable; its version changes with any rule or threshold.</summary>
public sealed record RuleSet
{
    /// <summary>The segment rules, in the order in which they are asked.</summary>
    public required IReadOnlyList<SegmentRule> Segments { get; init; }

    /// <summary>The flag rules, in the order in which they are shown.</summary>
    public required IReadOnlyList<FlagRule> Flags { get; init; }

    /// <summary>Points from which the risk is medium.</summary>
    public int MediumFrom { get; init; } = 25;

    /// <summary>Points from which the risk is high.</summary>
    public int HighFrom { get; init; } = 50;

    /// <summary>Points from which the risk is critical.</summary>
    public int CriticalFrom { get; init; } = 100;

    /// <summary>The name that people give to this version.</summary>
    public string Name { get; init; } = "1";

    /// <summary>The name and a hash of the rules, such as <c>1-9f86d081</c>.</summary>
    public string Version => $"{Name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical())).AsSpan(0, 4))}";

    /// <summary>The rules that hold until somebody configures others.</summary>
    public static RuleSet Default { get; } = new()
    {
        Segments =
        [
            Decide("fake-two-signs", Segment.Fake, "The account only collects coins, and more than one sign of abuse points at it.", "earn_only_coins >= 100", "risk_points >= 60"),
            Decide("ghost-never-seen", Segment.Ghost, "Registered a while ago and never came.", "never_seen >= 1", "age_days >= 14"),
            Decide("ghost-long-gone", Segment.Ghost, "Has not been seen for half a year.", "recency_days >= 180"),
            Decide("ghost-lost", Segment.Ghost, "Has not been seen for a season and, by the way this user bought before, will not be back.", "recency_days >= 90", "alive_percent <= 10"),
            Decide("regular-own-rhythm", Segment.Regular, "Comes rarely, and as rarely as ever.", "recency_days >= 30", "recency_days <= 89", "repeat_purchases >= 2", "alive_percent >= 80"),
            Decide("cold-away", Segment.Cold, "Has not been seen for a month.", "recency_days >= 30"),
            Decide("cold-fading", Segment.Cold, "Is silent for longer than this user's purchases were ever apart.", "recency_days >= 14", "alive_percent <= 30"),
            Decide("whale-month", Segment.Whale, "Spends very much these days.", "spent_30d >= 2000"),
            Decide("whale-lifetime", Segment.Whale, "Has spent very much in all and is still here.", "spent_lifetime >= 20000"),
            Decide("vip-type", Segment.Vip, "The community made this user a VIP.", "is_vip >= 1"),
            Decide("vip-spender", Segment.Vip, "Spends much and comes on several days.", "spent_30d >= 500", "active_days_30d >= 4"),
            Decide("hot-daily", Segment.Hot, "Comes at least every other day.", "active_days_14d >= 7"),
            Decide("hot-rising", Segment.Hot, "Spends markedly more than in the month before.", "spent_30d >= 200", "spend_trend_percent >= 50"),
            Decide("hot-expected", Segment.Hot, "Will buy every other week, by the way this user buys.", "expected_purchases_12w_x100 >= 600", "alive_percent >= 80"),
            Decide("newbie-registered", Segment.Newbie, "Registered in the last two weeks.", "age_days <= 13"),
            Decide("regular", Segment.Regular, "Is here, and no other rule applies."),
        ],
        Flags =
        [
            Flag("referral-ring", 50, "Two accounts referred each other: the coins come from nobody new.", "mutual_referrals >= 1"),
            Flag("referral-ring-wide", 50, "Several accounts refer each other.", "mutual_referrals >= 3"),
            Flag("referral-cycle", 50, "Referrals go round in a circle: the coins come from nobody new.", "referral_cycle >= 3"),
            Flag("referral-star", 50, "Refers many accounts that never come to life.", "referred_hollow >= 8", "referred_hollow_percent >= 70"),
            Flag("double-referrals", 30, "Is paid for users whom somebody else was paid for too.", "double_referrals >= 3"),
            Flag("shared-device", 30, "Several accounts use the same device.", "shared_device_users >= 2"),
            Flag("shared-device-many", 30, "Very many accounts use the same device.", "shared_device_users >= 6"),
            Flag("velocity", 30, "Earns more often than a person does by hand.", "busiest_hour_earns_30d >= 25"),
            Flag("velocity-extreme", 30, "Earns as often as a program does.", "busiest_hour_earns_30d >= 60"),
            Flag("limit-hammering", 30, "Keeps asking after the daily limit is reached.", "limit_refusals_7d >= 10"),
            Flag("limit-hammering-extreme", 30, "Keeps asking without end after the daily limit is reached.", "limit_refusals_7d >= 50"),
            Flag("earn-only", 30, "Earns by activity for weeks and has never spent a coin.", "earn_only_coins >= 200", "age_days >= 14"),
            Flag("burst-after-dormancy", 30, "Was silent for two months and then did very much in a day: perhaps not the same person.", "burst_entries >= 30"),
            Flag("reversals", 30, "Several entries had to be reversed.", "reversals_90d >= 3"),
            Flag("reversals-many", 30, "Very many entries had to be reversed.", "reversals_90d >= 10"),
            Flag("steady", 0, "Comes regularly.", "active_days_30d >= 10"),
            Flag("spends", 0, "Spends coins.", "spent_30d >= 1"),
            Flag("spends-more", 0, "Spends more than in the month before.", "spend_trend_percent >= 10"),
            Flag("long-standing", 0, "Has been here for half a year and still comes.", "age_days >= 180", "active_days_30d >= 1"),
            Flag("many-interests", 0, "Uses many kinds of offers.", "entry_types_30d >= 4"),
        ],
    };

    private static readonly Dictionary<string, string> Words = Default.Segments.Select(rule => (rule.Name, rule.Explanation))
        .Concat(Default.Flags.Select(rule => (rule.Name, rule.Explanation))).ToDictionary(rule => rule.Name, rule => rule.Explanation, StringComparer.Ordinal);

    /// <summary>What a rule that comes with the program means, in English; null for any other.</summary>
    public static string? WordsOf(string rule) => Words.GetValueOrDefault(rule);

    /// <summary>The wording of a rule, or null where it is the one that comes with the program.</summary>
    internal static string? OwnWording(string rule, string wording) => WordsOf(rule) == wording ? null : wording;

    /// <summary>The risk level that follows from the points of the red flags.</summary>
    public RiskLevel RiskOf(long points) =>
        points >= CriticalFrom ? RiskLevel.Critical
        : points >= HighFrom ? RiskLevel.High
        : points >= MediumFrom ? RiskLevel.Medium
        : RiskLevel.Low;

    /// <summary>What is wrong with it, in words for an admin; empty where nothing is.</summary>
    public IReadOnlyList<string> Validate() => [.. FindProblems().Select(problem => problem.Words)];

    /// <summary>What is wrong with it; empty where nothing is.</summary>
    public IReadOnlyList<RuleProblem> FindProblems()
    {
        var problems = new List<RuleProblem>();
        problems.AddRange(Segments.Select(rule => rule.Name).Concat(Flags.Select(rule => rule.Name)).GroupBy(name => name, StringComparer.Ordinal)
            .Where(group => group.Count() > 1).Select(group => new RuleProblem(RuleProblemKind.NameTwice, group.Key)));
        if (Segments.Count == 0 || Segments[^1].When.Count > 0)
        {
            problems.Add(new(RuleProblemKind.LastHasConditions));
        }

        problems.AddRange(Segments.SkipLast(1).Where(rule => rule.When.Count == 0).Select(rule => new RuleProblem(RuleProblemKind.AlwaysHolds, rule.Name)));
        problems.AddRange(AnalysisCodes.Segments.Except(Segments.Select(rule => rule.Segment)).Select(segment => new RuleProblem(RuleProblemKind.SegmentMissing, Other: segment.ToCode())));
        AddUnreachable(problems);
        foreach (var flag in Flags)
        {
            problems.AddRange(ProblemsOf(flag).Select(kind => new RuleProblem(kind, flag.Name)));
        }

        if (MediumFrom < 1 || HighFrom <= MediumFrom || CriticalFrom <= HighFrom)
        {
            problems.Add(new(RuleProblemKind.LevelsDoNotAscend));
        }

        return problems;
    }

    private void AddUnreachable(List<RuleProblem> problems)
    {
        var mostPoints = Flags.Where(flag => flag.Points > 0).Sum(flag => (long)flag.Points);
        var reaches = Segments.Select(rule => (Rule: rule, Reach: new RuleReach(rule.When, mostPoints))).ToList();
        var dead = new HashSet<SegmentRule>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < reaches.Count; i++)
        {
            var (rule, reach) = reaches[i];
            if (reach.Impossible is { } fact)
            {
                problems.Add(new(RuleProblemKind.NeverHolds, rule.Name, fact.Name));
                dead.Add(rule);
            }
            else if (reaches.Take(i).FirstOrDefault(earlier => earlier.Rule.When.Count > 0 && earlier.Reach.Covers(reach)) is { Rule: { } before })
            {
                problems.Add(new(RuleProblemKind.NeverAsked, rule.Name, before.Name));
                dead.Add(rule);
            }
        }

        problems.AddRange(Segments.GroupBy(rule => rule.Segment).Where(group => group.All(dead.Contains))
            .Select(group => new RuleProblem(RuleProblemKind.SegmentUnreachable, Other: group.Key.ToCode())));
        problems.AddRange(Flags.Select(flag => (flag.Name, new RuleReach(flag.When, mostPoints).Impossible)).Where(flag => flag.Impossible is not null)
            .Select(flag => new RuleProblem(RuleProblemKind.NeverHolds, flag.Name, flag.Impossible!.Name)));
    }

    private static IEnumerable<RuleProblemKind> ProblemsOf(FlagRule flag)
    {
        if (flag.When.Count == 0)
        {
            yield return RuleProblemKind.FlagAlwaysRaised;
        }

        if (flag.Points is < 0 or > 100)
        {
            yield return RuleProblemKind.PointsOutOfRange;
        }

        if (!flag.IsGreen && flag.When.All(condition => IsAboutSpending(condition.Fact)))
        {
            yield return RuleProblemKind.SpendingAlone;
        }

        if (flag.When.Any(condition => condition.Fact.Name == FactNames.RiskPoints))
        {
            yield return RuleProblemKind.LooksAtRiskPoints;
        }
    }

    private static bool IsAboutSpending(Fact fact) =>
        fact.Name is FactNames.Spent30 or FactNames.Spent90 or FactNames.SpentLifetime or FactNames.SpendTrendPercent or FactNames.Balance
            or FactNames.RepeatPurchases or FactNames.AlivePercent or FactNames.ExpectedPurchases or FactNames.ExpectedCoins
            or FactNames.RfmRecency or FactNames.RfmFrequency or FactNames.RfmMonetary;

    private static SegmentRule Decide(string name, Segment segment, string explanation, params string[] when) =>
        new(name, segment, explanation, [.. when.Select(RuleCondition.Parse)]);

    private static FlagRule Flag(string name, int points, string explanation, params string[] when) =>
        new(name, points, explanation, [.. when.Select(RuleCondition.Parse)]);

    private string Canonical()
    {
        var text = new StringBuilder();
        foreach (var rule in Segments)
        {
            text.Append(rule.Name).Append('>').Append(rule.Segment).Append(':').AppendJoin(',', rule.When).Append('\n');
        }

        foreach (var rule in Flags)
        {
            text.Append(rule.Name).Append('>').Append(rule.Points.ToString(CultureInfo.InvariantCulture)).Append(':').AppendJoin(',', rule.When).Append('\n');
        }

        return text.Append(CultureInfo.InvariantCulture, $"{MediumFrom},{HighFrom},{CriticalFrom}").ToString();
    }
}
