using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Domain.Analysis;

/// <summary>The numbers that rules look at, computed from a user's history at one instant. Whole numbers only, so that they are the same everywhere.</summary>
internal sealed class UserFacts
{
    private readonly UserHistory _history;
    private readonly DateTimeOffset _now;
    private readonly List<HistoryEntry> _entries;
    private readonly List<DateTimeOffset> _seen;
    private readonly Dictionary<string, FactValue> _values = new(StringComparer.Ordinal);

    public UserFacts(UserHistory history, DateTimeOffset now, PopulationFit? population)
    {
        _history = history;
        _now = now;

        // What lies in the future is a wrong clock, not behaviour.
        _entries = [.. history.Entries.Where(entry => entry.EffectiveAt <= now).OrderBy(entry => entry.EffectiveAt).ThenBy(entry => entry.Sequence)];
        var reversed = _entries.Select(entry => entry.ReversalOf).OfType<Guid>().ToHashSet();
        Spends = [.. _entries.Where(entry => entry.IsSpend && !reversed.Contains(entry.Id))];
        _seen = [.. _entries.Select(entry => entry.EffectiveAt).Concat(history.Activities.Select(activity => activity.At).Where(at => at <= now)).Order()];
        ComputeBehaviour();
        ComputeOutlook(population);
        new RiskFacts(history, _entries, now).AddTo(_values);
    }

    /// <summary>Entries up to now, oldest first.</summary>
    public IReadOnlyList<HistoryEntry> Entries => _entries;

    /// <summary>The user's own spending up to now, oldest first, without what was reversed.</summary>
    public IReadOnlyList<HistoryEntry> Spends { get; }

    /// <summary>When the user was last seen (UTC), or null.</summary>
    public DateTimeOffset? LastSeenAt { get; private set; }

    /// <summary>The place among all others, or null.</summary>
    public RfmScores? Scores { get; private set; }

    /// <summary>What is to be expected, or null.</summary>
    public Outlook? Outlook { get; private set; }

    /// <summary>A fact's value; null where it does not apply to this user.</summary>
    public FactValue? Find(string name) => _values.GetValueOrDefault(name);

    /// <summary>A number that always applies.</summary>
    public long Get(string name) => _values[name].Number;

    /// <summary>Adds a number that follows from other rules.</summary>
    public void Set(string name, FactValue value) => _values[name] = value;

    /// <summary>Coins spent from an instant up to another.</summary>
    public long SpentBetween(DateTimeOffset from, DateTimeOffset to) =>
        Spends.Where(entry => entry.EffectiveAt >= from && entry.EffectiveAt < to).Sum(entry => -entry.Coins);

    private void ComputeBehaviour()
    {
        var account = _history.Account;
        var end = _now.AddTicks(1);
        LastSeenAt = new[] { _seen.Count > 0 ? _seen[^1] : null, _history.LastEntryBefore, _history.User.LastActivityAt }.Where(at => at <= _now).Max();
        Set(FactNames.AgeDays, WholeDays(_history.User.RegisteredAt));
        Set(FactNames.NeverSeen, LastSeenAt is null ? 1 : 0);
        if (LastSeenAt is { } seen)
        {
            Set(FactNames.RecencyDays, new FactValue(WholeDays(seen)) { To = seen });
        }

        Set(FactNames.ActiveDays14, ActiveDays(14));
        Set(FactNames.ActiveDays30, ActiveDays(30));
        Set(FactNames.ActiveDays90, ActiveDays(90));
        Set(FactNames.Spent30, SpentBetween(_now.AddDays(-30), end));
        Set(FactNames.Spent90, SpentBetween(_now.AddDays(-90), end));
        Set(FactNames.SpentLifetime, account.Spent.Value);
        Set(FactNames.EarnedOwnLifetime, (account.Earned - account.Granted).Value);
        Set(FactNames.Balance, account.Balance.Value);
        Set(FactNames.IsVip, _history.User.Type == UserType.Vip ? 1 : 0);
        Set(FactNames.IsCreator, _history.User.Type == UserType.Creator ? 1 : 0);
        Set(FactNames.Types30, _entries.Where(entry => entry.EffectiveAt > _now.AddDays(-30)).Select(entry => entry.Type.Code).Distinct(StringComparer.Ordinal).Count());
        Set(FactNames.Activities30, _history.Activities.Count(activity => activity.At > _now.AddDays(-30) && activity.At <= _now));
        var previous = SpentBetween(_now.AddDays(-60), _now.AddDays(-30));
        if (previous > 0)
        {
            Set(FactNames.SpendTrendPercent, (long)decimal.Truncate((Get(FactNames.Spent30) - previous) * 100m / previous));
        }
    }

    private void ComputeOutlook(PopulationFit? population)
    {
        Set(FactNames.RepeatPurchases, _history.Purchases is { } purchases ? purchases.Days - 1 : 0);
        Outlook = population?.OutlookOf(_history.Purchases, DayOf(_now));
        if (Outlook is { } outlook)
        {
            Set(FactNames.AlivePercent, outlook.AlivePercent);
            Set(FactNames.ExpectedPurchases, (long)(outlook.Purchases * 100));
            if (outlook.Coins is { } coins)
            {
                Set(FactNames.ExpectedCoins, coins);
            }
        }

        if (population?.Rfm is { } scale && Find(FactNames.RecencyDays) is { } recency)
        {
            Scores = scale.Score(recency.Number, Get(FactNames.ActiveDays90), Get(FactNames.Spent90));
            Set(FactNames.RfmRecency, Scores.Recency);
            Set(FactNames.RfmFrequency, Scores.Frequency);
            Set(FactNames.RfmMonetary, Scores.Monetary);
        }
    }

    private void Set(string name, long number) => Set(name, new FactValue(number));

    private int ActiveDays(int days) => _seen.Where(at => at > _now.AddDays(-days)).Select(DayOf).Distinct().Count();

    private long WholeDays(DateTimeOffset since) => Math.Max(0, (long)(_now - since).TotalDays);

    private static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);
}
