using System.Security.Cryptography;
using System.Text;
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
    private const int MostRelated = 20;
    private readonly RuleSet _rules;
    private readonly PopulationFit? _population;

    /// <summary>Takes the rules, and what is known of everybody.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="population">What is known of everybody; null where nothing is, and then no fact of it applies to anybody.</param>
    /// <exception cref="ArgumentException">They are not usable; see <see cref="RuleSet.Validate"/>.</exception>
    public UserAnalyzer(RuleSet rules, PopulationFit? population = null)
    {
        ArgumentNullException.ThrowIfNull(rules);
        if (rules.Validate() is { Count: > 0 } errors)
        {
            throw new ArgumentException(string.Join(' ', errors), nameof(rules));
        }

        _rules = rules;
        _population = population;
        Version = rules.Version;
    }

    /// <summary>The rules.</summary>
    public RuleSet Rules => _rules;

    /// <summary>What is known of everybody, or null.</summary>
    public PopulationFit? Population => _population;

    /// <summary>The version of the rules.</summary>
    public string Version { get; }

    /// <summary>Analyses a user.</summary>
    /// <param name="history">What the ledger knows of the user.</param>
    /// <param name="now">The instant of the analysis (UTC).</param>
    public UserProfile Analyze(UserHistory history, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(history);
        var facts = new UserFacts(history, now, _population);
        var flags = _rules.Flags.Select(rule => Raise(rule, facts, history.Dismissals)).OfType<Flag>().ToList();
        var counted = flags.Where(flag => flag.Points > 0 && flag.Dismissal is null).ToList();
        var riskPoints = counted.Sum(flag => flag.Points);
        facts.Set(FactNames.RiskPoints, new FactValue(riskPoints) { Rules = [.. counted.Select(flag => flag.Rule)] });
        return new UserProfile
        {
            UserId = history.User.Id,
            Segment = Decide(facts, out var decision),
            RiskLevel = _rules.RiskOf(riskPoints),
            Score = Score(facts, riskPoints),
            Engagement = Engagement(facts),
            DecidedBy = decision,
            RiskPoints = riskPoints,
            Rfm = new RfmValues(facts.Find(FactNames.RecencyDays)?.Number, facts.LastSeenAt, facts.Get(FactNames.ActiveDays90), facts.Get(FactNames.Spent90)),
            Scores = facts.Scores,
            Outlook = facts.Outlook,
            Spending = Describe(facts, now),
            Earning = TotalsByType(facts.Entries.Where(entry => entry.Type.Direction == EntryDirection.Earn && entry.EffectiveAt > now.AddDays(-90))),
            Related = Related(history, facts),
            RedFlags = [.. flags.Where(flag => flag.Points > 0)],
            GreenFlags = [.. flags.Where(flag => flag.Points == 0)],
            Notes = Notes(history, facts, now),
            AnalysedAt = now,
            RuleSetVersion = Version,
            FitId = _population?.Id,
            AccountVersion = history.Account.Version,
        };
    }

    /// <summary>What keeps a user from each of the other segments: the rule that lacks least, with the conditions that do not hold.</summary>
    /// <param name="history">What the stores know of the user.</param>
    /// <param name="now">The instant of the analysis (UTC).</param>
    public IReadOnlyList<NearMiss> ExplainOthers(UserHistory history, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(history);
        var profile = Analyze(history, now);
        var facts = new UserFacts(history, now, _population);
        facts.Set(FactNames.RiskPoints, new FactValue(profile.RiskPoints));
        return
        [
            .. _rules.Segments.Where(rule => rule.Segment != profile.Segment && rule.When.Count > 0)
                .Select(rule => new NearMiss(rule.Segment, rule.Name, rule.Explanation, Missing(rule, facts)))
                .GroupBy(miss => miss.Segment).Select(group => group.MinBy(miss => miss.Missing.Count)!)
                .OrderBy(miss => miss.Missing.Count).ThenBy(miss => miss.Segment),
        ];
    }

    private static List<MissingCondition> Missing(SegmentRule rule, UserFacts facts) =>
    [
        .. rule.When.Where(condition => !condition.Holds(facts.Find(condition.Fact.Name)))
            .Select(condition => new MissingCondition(condition.Fact.Name, facts.Find(condition.Fact.Name)?.Number, condition.IsAtLeast, condition.Threshold)),
    ];

    private Flag? Raise(FlagRule rule, UserFacts facts, IReadOnlyList<FlagDismissal> dismissals)
    {
        if (!TryHold(rule.When, facts, out var findings))
        {
            return null;
        }

        var marks = rule.When.Select(condition => $"{condition.Fact.Name}={facts.Find(condition.Fact.Name)!.Mark}");
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{rule.Name}\n{string.Join('\n', marks)}")).AsSpan(0, 16));
        return new Flag(rule.Name, rule.Points, _rules.RiskOf(rule.Points), RuleSet.OwnWording(rule.Name, rule.Explanation), findings, hash)
        {
            Dismissal = dismissals.FirstOrDefault(dismissal => dismissal.Rule == rule.Name && dismissal.EvidenceHash == hash),
        };
    }

    private Segment Decide(UserFacts facts, out Decision decision)
    {
        foreach (var rule in _rules.Segments)
        {
            if (TryHold(rule.When, facts, out var findings))
            {
                decision = new Decision(rule.Name, RuleSet.OwnWording(rule.Name, rule.Explanation), findings);
                return rule.Segment;
            }
        }

        throw new InvalidOperationException("No rule holds although the last one has no conditions.");
    }

    private static bool TryHold(IReadOnlyList<RuleCondition> conditions, UserFacts facts, out List<Finding> findings)
    {
        findings = [];
        foreach (var condition in conditions)
        {
            var value = facts.Find(condition.Fact.Name);
            if (!condition.Holds(value))
            {
                return false;
            }

            findings.Add(condition.ToFinding(value!));
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
        var spends = facts.Spends.Where(entry => entry.EffectiveAt > now.AddDays(-90)).ToList();
        var byWeekday = new long[7];
        var byHour = new long[24];
        foreach (var entry in spends)
        {
            var at = entry.EffectiveAt.UtcDateTime;
            byWeekday[((int)at.DayOfWeek + 6) % 7] -= entry.Coins;
            if (entry.HasTimeOfDay)
            {
                byHour[at.Hour] -= entry.Coins;
            }
        }

        decimal? mean = spends.Count == 0 ? null : Math.Round(byWeekday.Sum() / (decimal)spends.Count, 1);
        return new SpendingPattern(byWeekday, byHour, TotalsByType(spends), mean, Trend(facts, now));
    }

    private static IReadOnlyList<TypeTotals> TotalsByType(IEnumerable<HistoryEntry> entries) =>
    [
        .. entries.GroupBy(entry => entry.Type.Code, StringComparer.Ordinal)
            .Select(group => new TypeTotals(group.Key, group.Count(), group.Sum(entry => Math.Abs(entry.Coins))))
            .OrderByDescending(totals => totals.Coins).ThenBy(totals => totals.Type, StringComparer.Ordinal),
    ];

    private static IReadOnlyList<RelatedUser> Related(UserHistory history, UserFacts facts)
    {
        var named = facts.Entries.Where(entry => entry.RelatedUserId is not null && entry.Type.Code != "earn_referral").GroupBy(entry => entry.RelatedUserId!, StringComparer.Ordinal)
            .Select(group => new RelatedUser(group.Key, RelationKind.Counterparty, group.Count(), group.Sum(entry => Math.Abs(entry.Coins))));
        return
        [
            .. history.ReferredBy.Order(StringComparer.Ordinal).Select(other => new RelatedUser(other, RelationKind.ReferredBy, 1, 0)).Take(MostRelated),
            .. history.SharedDevices.SelectMany(device => device.Users).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(other => new RelatedUser(other, RelationKind.SharedDevice, 0, 0)).Take(MostRelated),
            .. history.Referred.OrderByDescending(referral => referral.At).ThenBy(referral => referral.UserId, StringComparer.Ordinal)
                .Select(referral => new RelatedUser(referral.UserId, RelationKind.Referred, 1, 0)).Take(MostRelated),
            .. named.OrderByDescending(other => other.Coins).ThenBy(other => other.UserId, StringComparer.Ordinal).Take(MostRelated),
        ];
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

    private static List<Note> Notes(UserHistory history, UserFacts facts, DateTimeOffset now)
    {
        var notes = new List<Note>();
        if (history.IsCut)
        {
            notes.Add(new("history-cut", Note.Number(history.Entries.Count), Note.Number(UserHistory.WindowDays)));
        }

        var dated = facts.Entries.Count(entry => !entry.HasTimeOfDay);
        if (dated > 0)
        {
            notes.Add(new("dates-alone", Note.Number(dated)));
        }

        if (history.Account.Pin is { } pin && pin.HoldsAt(now))
        {
            notes.Add(new("tier-pinned", pin.Tier.ToString(), pin.Actor, pin.Reason));
        }

        if (history.Account.InDebt)
        {
            notes.Add(new("in-debt"));
        }

        if (history.User.Type == UserType.Creator)
        {
            notes.Add(new("creator"));
        }

        return notes;
    }
}
