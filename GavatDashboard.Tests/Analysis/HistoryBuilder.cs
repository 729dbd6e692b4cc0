using System.Globalization;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Tests.Analysis;

/// <summary>Makes the history of a user, seen from a fixed instant.</summary>
internal sealed class HistoryBuilder
{
    public static readonly DateTimeOffset Now = new(2026, 5, 29, 12, 0, 0, TimeSpan.Zero);
    private readonly List<Entry> _entries = [];
    private readonly List<ActivityEvent> _activities = [];
    private readonly List<KeptAnswer> _refusals = [];
    private User _user = new() { Id = "u1", Username = "lara", RegisteredAt = Now.AddDays(-100) };
    private Entry? _lastBefore;
    private string[] _referredBy = [];
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
        _entries.Add(NewEntry(at, type, signed, related, recordedAt));
        return this;
    }

    public HistoryBuilder SpentInAll(long coins)
    {
        (_spentBefore, _grantedBefore) = (coins, coins);
        return this;
    }

    public HistoryBuilder LastSeenBeforeWindow(double daysAgo)
    {
        _lastBefore = NewEntry(Now.AddDays(-daysAgo), "earn_task", 5, null, null);
        return this;
    }

    public HistoryBuilder Act(double daysAgo)
    {
        _activities.Add(new() { Id = Guid.NewGuid(), UserId = _user.Id, Kind = "login", At = Now.AddDays(-daysAgo) });
        return this;
    }

    public HistoryBuilder Refused(double daysAgo, int times, string code = Refusal.DailyLimit)
    {
        for (var i = 0; i < times; i++)
        {
            _refusals.Add(new($"refused-{_refusals.Count}", [], _user.Id, "refused", new Refusal { Code = code, Message = "no" }, Now.AddDays(-daysAgo)));
        }

        return this;
    }

    public HistoryBuilder ReferredBy(params string[] users)
    {
        _referredBy = users;
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
        var spent = _spentBefore - _entries.Where(entry => entry.Amount.Value < 0).Sum(entry => entry.Amount.Value);
        var earned = _grantedBefore + _entries.Where(entry => entry.Amount.Value > 0).Sum(entry => entry.Amount.Value);
        var granted = _grantedBefore + _entries.Where(entry => entry.Type.IsGranted && entry.Amount.Value > 0).Sum(entry => entry.Amount.Value);
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
            LastBefore = _lastBefore,
            Activities = _activities,
            Refusals = _refusals,
            ReferredBy = _referredBy,
        };
    }

    public UserProfile Analyze(RuleSet? rules = null) => new UserAnalyzer(rules ?? RuleSet.Default).Analyze(Build(), Now);

    private Entry NewEntry(DateTimeOffset at, string type, long signed, string? related, DateTimeOffset? recordedAt) => new()
    {
        Id = Guid.NewGuid(),
        Sequence = _entries.Count + 1,
        UserId = _user.Id,
        Type = EntryType.FromStore(type),
        Amount = new(signed),
        BalanceAfter = CoinAmount.Zero,
        ContraAccount = SystemAccounts.Earn,
        RelatedUserId = related,
        IdempotencyKey = _entries.Count.ToString(CultureInfo.InvariantCulture),
        RequestHash = [],
        EffectiveAt = at,
        RecordedAt = recordedAt ?? at,
        Actor = "tests",
        Epoch = 1,
        ChainHash = [],
    };
}
