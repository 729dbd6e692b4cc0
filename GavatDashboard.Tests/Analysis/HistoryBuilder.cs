using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Tests.Analysis;

/// <summary>Makes the history of a user, seen from a fixed instant.</summary>
internal sealed class HistoryBuilder
{
    public static readonly DateTimeOffset Now = new(2026, 5, 29, 12, 0, 0, TimeSpan.Zero);
    private readonly List<HistoryEntry> _entries = [];
    private readonly List<HistoryActivity> _activities = [];
    private readonly List<HistoryRefusal> _refusals = [];
    private User _user = new() { Id = "u1", Username = "lara", RegisteredAt = Now.AddDays(-100) };
    private readonly List<Referral> _referred = [];
    private DateTimeOffset? _lastBefore;
    private string[] _referredBy = [];
    private string[] _cycle = [];
    private SharedDevice[] _devices = [];
    private FlagDismissal[] _dismissals = [];
    private PurchaseHistory? _purchases;
    private long _spentBefore;
    private long _grantedBefore;

    public HistoryBuilder RegisteredDaysAgo(double days)
    {
        _user = _user with { RegisteredAt = Now.AddDays(-days) };
        return this;
    }

    public HistoryBuilder OfType(UserType type)
    {
        _user = _user with { Type = type };
        return this;
    }

    public HistoryBuilder Earn(double daysAgo, long coins = 5, string type = "earn_task", string? related = null) => Post(Now.AddDays(-daysAgo), type, coins, related);

    public HistoryBuilder Spend(double daysAgo, long coins, string type = "spend_content") => Post(Now.AddDays(-daysAgo), "earn_purchase", coins).Post(Now.AddDays(-daysAgo), type, -coins);

    public HistoryBuilder Post(DateTimeOffset at, string type, long signed, string? related = null, DateTimeOffset? recordedAt = null)
    {
        var entry = new HistoryEntry(
            Guid.NewGuid(), _entries.Count + 1, EntryType.FromStore(type), signed, related, ReversalOf: null, at, HistoryEntry.IsTimeKnown(at, recordedAt ?? at));
        _entries.Add(entry);
        if (type == "earn_referral" && related is not null)
        {
            _referred.Add(new(related, entry.Id, at, Spent: 10, at.AddDays(-1), Now, OtherReferrers: 0));
        }

        return this;
    }

    public HistoryBuilder SpentInAll(long coins)
    {
        (_spentBefore, _grantedBefore) = (coins, coins);
        return this;
    }

    public HistoryBuilder LastSeenBeforeWindow(double daysAgo)
    {
        _lastBefore = Now.AddDays(-daysAgo);
        return this;
    }

    public HistoryBuilder Act(double daysAgo)
    {
        _activities.Add(new(Now.AddDays(-daysAgo), Device: null));
        return this;
    }

    public HistoryBuilder Refused(double daysAgo, int times, string code = Refusal.DailyLimit)
    {
        for (var i = 0; i < times; i++)
        {
            _refusals.Add(new(Now.AddDays(-daysAgo), code));
        }

        return this;
    }

    public HistoryBuilder ReferredBy(params string[] users)
    {
        _referredBy = users;
        return this;
    }

    public HistoryBuilder Referred(double daysAgo, string other, long spent = 10, double? seenDaysLater = 30, int otherReferrers = 0)
    {
        var at = Now.AddDays(-daysAgo);
        _referred.Add(new(other, Guid.NewGuid(), at, spent, at, seenDaysLater is { } days ? at.AddDays(days) : null, otherReferrers));
        return this;
    }

    public HistoryBuilder InCycle(params string[] users)
    {
        _cycle = [_user.Id, .. users];
        return this;
    }

    public HistoryBuilder SharesDevice(params string[] users)
    {
        _devices = [new("phone-1", users)];
        return this;
    }

    public HistoryBuilder Dismissed(Flag flag)
    {
        _dismissals = [.. _dismissals, new(_user.Id, flag.Rule, flag.EvidenceHash, "known", "user:ada", Now)];
        return this;
    }

    public HistoryBuilder Bought(double firstDaysAgo, double lastDaysAgo, int days, long coins = 100)
    {
        _purchases = new(DateOnly.FromDateTime(Now.AddDays(-firstDaysAgo).UtcDateTime), DateOnly.FromDateTime(Now.AddDays(-lastDaysAgo).UtcDateTime), days, coins);
        return this;
    }

    public HistoryBuilder Reverse(int entry)
    {
        var original = _entries[entry];
        _entries.Add(new(Guid.NewGuid(), _entries.Count + 1, EntryType.Reversal, -original.Coins, null, original.Id, Now.AddMinutes(-1), HasTimeOfDay: true));
        return this;
    }

    public HistoryBuilder Times(int count, Action<HistoryBuilder, int> step)
    {
        for (var i = 0; i < count; i++)
        {
            step(this, i);
        }

        return this;
    }

    public UserHistory Build()
    {
        var spent = _spentBefore - _entries.Where(entry => entry.Coins < 0).Sum(entry => entry.Coins);
        var earned = _grantedBefore + _entries.Where(entry => entry.Coins > 0).Sum(entry => entry.Coins);
        var granted = _grantedBefore + _entries.Where(entry => entry.Type.IsGranted && entry.Coins > 0).Sum(entry => entry.Coins);
        return new()
        {
            User = _user,
            Account = new()
            {
                UserId = _user.Id,
                Balance = new(earned - spent),
                Earned = new(earned),
                Spent = new(spent),
                Granted = new(granted),
                UpdatedAt = Now,
            },
            Entries = _entries,
            LastEntryBefore = _lastBefore,
            Activities = _activities,
            Refusals = _refusals,
            Referred = _referred,
            ReferredBy = _referredBy,
            ReferralCycle = _cycle,
            SharedDevices = _devices,
            Dismissals = _dismissals,
            Purchases = _purchases,
        };
    }

    public UserProfile Analyze(RuleSet? rules = null, PopulationFit? population = null) =>
        new UserAnalyzer(rules ?? RuleSet.Default, population).Analyze(Build(), Now);
}
