using System.Globalization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Domain.Analysis;

/// <summary>The numbers that rules look at, computed from a user's history at one instant. Whole numbers only, so that they are the same everywhere.</summary>
internal sealed class UserFacts
{
    private const int DormantDays = 60;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly UserHistory _history;
    private readonly DateTimeOffset _now;
    private readonly List<Entry> _entries;
    private readonly List<DateTimeOffset> _seen;
    private readonly Dictionary<string, FactValue> _values = new(StringComparer.Ordinal);

    public UserFacts(UserHistory history, DateTimeOffset now)
    {
        _history = history;
        _now = now;

        // What lies in the future is a wrong clock, not behaviour.
        _entries = [.. history.Entries.Where(entry => entry.EffectiveAt <= now).OrderBy(entry => entry.EffectiveAt).ThenBy(entry => entry.Sequence)];
        _seen = [.. _entries.Select(entry => entry.EffectiveAt).Concat(history.Activities.Select(activity => activity.At).Where(at => at <= now)).Order()];
        Compute();
    }

    /// <summary>Entries up to now, oldest first.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>When the user was last seen (UTC), or null.</summary>
    public DateTimeOffset? LastSeenAt { get; private set; }

    /// <summary>A fact's value; null where it does not apply to this user.</summary>
    public FactValue? Find(string name) => _values.TryGetValue(name, out var value) ? value : null;

    /// <summary>A number that always applies.</summary>
    public long Get(string name) => _values[name].Number;

    /// <summary>Adds a number that follows from other rules.</summary>
    public void Set(string name, long number, string? detail = null) => _values[name] = new FactValue(number, detail);

    /// <summary>Coins spent from an instant up to another.</summary>
    public long SpentBetween(DateTimeOffset from, DateTimeOffset to) =>
        _entries.Where(entry => IsSpend(entry) && entry.EffectiveAt >= from && entry.EffectiveAt < to).Sum(entry => -entry.Amount.Value);

    /// <summary>Whether an entry is a member's own spending; what an admin takes away is none.</summary>
    public static bool IsSpend(Entry entry) => entry.Type.Direction == EntryDirection.Spend && !entry.Type.NeedsAdmin;

    /// <summary>Whether the time of day of an entry is known; history that was imported by the day has none.</summary>
    public static bool HasTimeOfDay(Entry entry) => entry.EffectiveAt.UtcDateTime.TimeOfDay != TimeSpan.Zero || entry.EffectiveAt == entry.RecordedAt;

    private static bool IsOwnEarn(Entry entry) => entry.Type.Direction == EntryDirection.Earn && !entry.Type.IsGranted;

    private void Compute()
    {
        var account = _history.Account;
        var end = _now.AddTicks(1);
        LastSeenAt = LatestOf(_seen.Count > 0 ? _seen[^1] : null, _history.LastBefore?.EffectiveAt, _history.User.LastActivityAt);
        Set(FactNames.AgeDays, WholeDays(_history.User.RegisteredAt));
        Set(FactNames.NeverSeen, LastSeenAt is null ? 1 : 0);
        if (LastSeenAt is { } seen)
        {
            Set(FactNames.RecencyDays, WholeDays(seen), $"last seen on {Show(seen)}");
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
        Set(FactNames.Types30, Since(30).Select(entry => entry.Type.Code).Distinct(StringComparer.Ordinal).Count());
        Set(FactNames.Activities30, _history.Activities.Count(activity => activity.At > _now.AddDays(-30) && activity.At <= _now));
        var previous = SpentBetween(_now.AddDays(-60), _now.AddDays(-30));
        if (previous > 0)
        {
            Set(FactNames.SpendTrendPercent, (long)decimal.Truncate((Get(FactNames.Spent30) - previous) * 100m / previous), $"{previous} coins in the 30 days before");
        }

        ComputeRisk(account);
    }

    private void ComputeRisk(Account account)
    {
        var earns = Since(30).Where(entry => IsOwnEarn(entry) && HasTimeOfDay(entry)).Select(entry => entry.EffectiveAt).ToList();
        var (busiest, busiestFrom) = Densest(earns, Hour);
        Set(FactNames.BusiestHourEarns, busiest, busiest > 0 ? $"in the hour from {ShowTime(busiestFrom)}" : null);

        var refusals = _history.Refusals.Where(answer => answer.At > _now.AddDays(-7) && answer.At <= _now).ToList();
        var limits = refusals.Where(answer => answer.Refusal?.Code == Refusal.DailyLimit).ToList();
        Set(FactNames.LimitRefusals7, limits.Count, limits.Count > 0 ? $"on {Count(limits.Select(answer => DayOf(answer.At)).Distinct().Count(), "day")}, last at {ShowTime(limits.Max(answer => answer.At))}" : null);
        Set(FactNames.FundsRefusals7, refusals.Count(answer => answer.Refusal?.Code == Refusal.InsufficientFunds));

        var referrals = _entries.Where(entry => entry.Type.Code == "earn_referral" && entry.RelatedUserId is not null).ToList();
        var mutual = referrals.Select(entry => entry.RelatedUserId!).Distinct(StringComparer.Ordinal).Where(_history.ReferredBy.Contains).Order(StringComparer.Ordinal).ToList();
        Set(FactNames.Referrals30, referrals.Count(entry => entry.EffectiveAt > _now.AddDays(-30)));
        Set(FactNames.MutualReferrals, mutual.Count, mutual.Count > 0 ? $"with {string.Join(", ", mutual.Take(5))}{(mutual.Count > 5 ? " and others" : string.Empty)}" : null);

        Set(FactNames.EarnOnlyCoins, account.Spent == CoinAmount.Zero ? (account.Earned - account.Granted).Value : 0);
        var (burst, burstFrom) = BurstAfterDormancy();
        Set(FactNames.BurstEntries, burst, burst > 0 ? $"in the day from {ShowTime(burstFrom)}, after at least {DormantDays} days without any" : null);
        var reversals = _entries.Where(entry => entry.Type == EntryType.Reversal && entry.EffectiveAt > _now.AddDays(-90)).ToList();
        Set(FactNames.Reversals90, reversals.Count, reversals.Count > 0 ? $"last on {Show(reversals[^1].EffectiveAt)}" : null);
    }

    /// <summary>The most entries within a day that begins after a long silence and lies in the last 30 days.</summary>
    private (int Count, DateTimeOffset From) BurstAfterDormancy()
    {
        var times = _entries.Where(HasTimeOfDay).Select(entry => entry.EffectiveAt).ToList();
        var before = LatestOf(_history.LastBefore?.EffectiveAt, null, null);
        var most = (Count: 0, From: default(DateTimeOffset));
        for (var i = 0; i < times.Count; i++)
        {
            var previous = i > 0 ? times[i - 1] : before;
            if (previous is { } last && times[i] - last >= TimeSpan.FromDays(DormantDays) && times[i] > _now.AddDays(-30))
            {
                var count = times.Skip(i).TakeWhile(time => time < times[i] + Day).Count();
                most = count > most.Count ? (count, times[i]) : most;
            }
        }

        return most;
    }

    private static (int Count, DateTimeOffset From) Densest(List<DateTimeOffset> times, TimeSpan width)
    {
        var most = (Count: 0, From: default(DateTimeOffset));
        for (int first = 0, last = 0; last < times.Count; last++)
        {
            while (times[last] - times[first] >= width)
            {
                first++;
            }

            most = last - first + 1 > most.Count ? (last - first + 1, times[first]) : most;
        }

        return most;
    }

    private IEnumerable<Entry> Since(int days) => _entries.Where(entry => entry.EffectiveAt > _now.AddDays(-days));

    private int ActiveDays(int days) => _seen.Where(at => at > _now.AddDays(-days)).Select(DayOf).Distinct().Count();

    private long WholeDays(DateTimeOffset since) => Math.Max(0, (long)(_now - since).TotalDays);

    private DateTimeOffset? LatestOf(params DateTimeOffset?[] instants) => instants.Where(at => at <= _now).Max();

    private static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    private static string Count(int number, string noun) => number == 1 ? $"1 {noun}" : string.Create(CultureInfo.InvariantCulture, $"{number} {noun}s");

    private static string Show(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string ShowTime(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC";
}

/// <summary>A fact of one user.</summary>
/// <param name="Number">Its value, in the unit of the fact.</param>
/// <param name="Detail">Where and when it was found, in words; or null.</param>
internal readonly record struct FactValue(long Number, string? Detail);
