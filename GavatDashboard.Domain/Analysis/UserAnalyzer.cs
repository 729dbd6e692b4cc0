using System.Globalization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Domain.Analysis;

/// <summary>Says what kind of customer a user is and how risky. Pure: the same history, rules and instant give the same profile.</summary>
public sealed class UserAnalyzer
{
    private const int RecencyPoints = 35;
    private const int RecencyHorizonDays = 90;
    private const int FrequencyPoints = 35;
    private const int FrequencyFullDays = 15;
    private const int MonetaryPoints = 30;
    private const int MonetaryFullCoins = 2_000;
    private readonly RuleSet _rules;

    /// <summary>Takes the rules.</summary>
    /// <exception cref="ArgumentException">They are not usable; see <see cref="RuleSet.Validate"/>.</exception>
    public UserAnalyzer(RuleSet rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        if (rules.Validate() is { Count: > 0 } errors)
        {
            throw new ArgumentException(string.Join(' ', errors), nameof(rules));
        }

        _rules = rules;
        Version = rules.Version;
    }

    /// <summary>The version of the rules.</summary>
    public string Version { get; }

    /// <summary>Analyses a user.</summary>
    /// <param name="history">What the ledger knows of the user.</param>
    /// <param name="now">The instant of the analysis (UTC).</param>
    public UserProfile Analyze(UserHistory history, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(history);
        var facts = new UserFacts(history, now);
        var flags = _rules.Flags.Select(rule => Raise(rule, facts)).OfType<Flag>().ToList();
        var riskPoints = flags.Sum(flag => flag.Points);
        facts.Set(FactNames.RiskPoints, riskPoints, riskPoints > 0 ? string.Join(", ", flags.Where(flag => flag.Points > 0).Select(flag => flag.Rule)) : null);
        var (segment, decision) = Decide(facts);
        return new UserProfile
        {
            UserId = history.User.Id,
            Segment = segment,
            RiskLevel = _rules.RiskOf(riskPoints),
            Score = Score(facts, riskPoints),
            Engagement = Engagement(facts),
            DecidedBy = decision,
            RiskPoints = riskPoints,
            Rfm = new RfmValues(facts.Find(FactNames.RecencyDays)?.Number, facts.LastSeenAt, facts.Get(FactNames.ActiveDays90), facts.Get(FactNames.Spent90)),
            Spending = Describe(facts, now),
            RedFlags = [.. flags.Where(flag => flag.Points > 0)],
            GreenFlags = [.. flags.Where(flag => flag.Points == 0)],
            Notes = Notes(history, facts, now),
            AnalysedAt = now,
            RuleSetVersion = Version,
        };
    }

    private static Flag? Raise(FlagRule rule, UserFacts facts) =>
        TryHold(rule.When, facts, out var evidence) ? new Flag(rule.Name, rule.Points, rule.Explanation, evidence) : null;

    private (Segment Segment, Decision Decision) Decide(UserFacts facts)
    {
        foreach (var rule in _rules.Segments)
        {
            if (TryHold(rule.When, facts, out var evidence))
            {
                return (rule.Segment, new Decision(rule.Name, rule.Explanation, evidence));
            }
        }

        throw new InvalidOperationException("No rule holds although the last one has no conditions.");
    }

    private static bool TryHold(IReadOnlyList<RuleCondition> conditions, UserFacts facts, out List<string> evidence)
    {
        evidence = [];
        foreach (var condition in conditions)
        {
            if (!condition.Holds(facts, out var words))
            {
                return false;
            }

            evidence.Add(words);
        }

        return true;
    }

    private static int Score(UserFacts facts, int riskPoints)
    {
        var recency = facts.Find(FactNames.RecencyDays) is { } days ? Math.Max(0, RecencyHorizonDays - days.Number) : 0;
        var frequency = Math.Min(FrequencyFullDays, facts.Get(FactNames.ActiveDays30));
        var monetary = Math.Min(MonetaryFullCoins, facts.Get(FactNames.Spent90));
        var worth = (RecencyPoints * recency / RecencyHorizonDays) + (FrequencyPoints * frequency / FrequencyFullDays) + (MonetaryPoints * monetary / MonetaryFullCoins);
        return (int)Math.Clamp(worth - (riskPoints / 2), 0, 100);
    }

    private static int Engagement(UserFacts facts)
    {
        const int DaysPoints = 60;
        const int FullDays = 20;
        const int TypesPoints = 25;
        const int FullTypes = 5;
        const int EventsPoints = 15;
        const int FullEvents = 50;
        var days = DaysPoints * Math.Min(FullDays, facts.Get(FactNames.ActiveDays30)) / FullDays;
        var types = TypesPoints * Math.Min(FullTypes, facts.Get(FactNames.Types30)) / FullTypes;
        var events = EventsPoints * Math.Min(FullEvents, facts.Get(FactNames.Activities30)) / FullEvents;
        return (int)(days + types + events);
    }

    private static SpendingPattern Describe(UserFacts facts, DateTimeOffset now)
    {
        var spends = facts.Entries.Where(entry => UserFacts.IsSpend(entry) && entry.EffectiveAt > now.AddDays(-90)).ToList();
        var byWeekday = new long[7];
        var byHour = new long[24];
        foreach (var entry in spends)
        {
            var at = entry.EffectiveAt.UtcDateTime;
            byWeekday[((int)at.DayOfWeek + 6) % 7] -= entry.Amount.Value;
            if (UserFacts.HasTimeOfDay(entry))
            {
                byHour[at.Hour] -= entry.Amount.Value;
            }
        }

        var byType = spends.GroupBy(entry => entry.Type.Code, StringComparer.Ordinal)
            .Select(group => new TypeTotals(group.Key, group.Count(), group.Sum(entry => -entry.Amount.Value)))
            .OrderByDescending(totals => totals.Coins).ThenBy(totals => totals.Type, StringComparer.Ordinal);
        decimal? mean = spends.Count == 0 ? null : Math.Round(byWeekday.Sum() / (decimal)spends.Count, 1);
        return new SpendingPattern(byWeekday, byHour, [.. byType], mean, Trend(facts, now));
    }

    private static SpendingTrend Trend(UserFacts facts, DateTimeOffset now)
    {
        var recent = facts.Get(FactNames.Spent30);
        var before = facts.SpentBetween(now.AddDays(-60), now.AddDays(-30));
        var percent = facts.Find(FactNames.SpendTrendPercent)?.Number;
        var direction = (recent, before) switch
        {
            (0, 0) => TrendDirection.None,
            (_, 0) => TrendDirection.Rising,
            _ when percent > 10 => TrendDirection.Rising,
            _ when percent < -10 => TrendDirection.Falling,
            _ => TrendDirection.Steady,
        };
        return new SpendingTrend(direction, percent, recent, before);
    }

    private static List<string> Notes(UserHistory history, UserFacts facts, DateTimeOffset now)
    {
        var notes = new List<string>();
        if (history.IsCut)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"Only the newest {history.Entries.Count:N0} entries of the last {UserHistory.WindowDays} days were looked at."));
        }

        var dated = facts.Entries.Count(entry => !UserFacts.HasTimeOfDay(entry));
        if (dated > 0)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{dated:N0} entries have a date and no time of day; they are left out of the pattern by hour and of velocity."));
        }

        if (history.Account.Pin is { } pin && pin.HoldsAt(now))
        {
            notes.Add($"The tier is pinned to {pin.Tier} by {pin.Actor}: {pin.Reason}");
        }

        if (history.Account.InDebt)
        {
            notes.Add("A recovery left the account in debt; spending is frozen.");
        }

        if (history.User.Type == UserType.Creator)
        {
            notes.Add("The user is a creator: what others pay for is not part of this profile.");
        }

        return notes;
    }
}
