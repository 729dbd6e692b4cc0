using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Coins;

/// <summary>Gathers what the writer commits and publishes it at a bounded rate, however busy the ledger is.</summary>
internal sealed class LedgerFeed : ILedgerFeed, ILedgerObserver, IDisposable
{
    private const int RecentEntries = 50;
    private const int WindowSeconds = 10;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly LinkedList<Entry> _recent = [];
    private readonly long[] _perSecond = new long[WindowSeconds + 1];
    private long _second;
    private long _posted;
    private long _refused;
    private int _waiting;
    private bool _isArmed;
    private bool _isIdle = true;
    private Action<LedgerActivity>? _subscribers;
    private volatile LedgerActivity _current;

    public LedgerFeed(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(_ => Publish(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _current = new LedgerActivity([], 0, 0, 0, 0, time.GetUtcNow());
    }

    public LedgerActivity Current => _current;

    public IDisposable Subscribe(Action<LedgerActivity> onActivity)
    {
        lock (_gate)
        {
            _subscribers += onActivity;
        }

        return new Subscription(this, onActivity);
    }

    public void OnCommitted(LedgerCommit commit, int waiting)
    {
        lock (_gate)
        {
            // What another instance wrote is seen at the ledger's end.
            Count(commit.IsForwarded ? 0 : commit.Results.Count);
            // That a user is there already is no news to anybody: imports ask for each user they meet.
            _refused += commit.Results.Count(result => result is OperationResult.Refused { Refusal.Code: not Refusal.UserExists });
            _posted += commit.Delta.Entries.Count;
            _waiting = waiting;
            Show(commit.Delta.Entries);
        }
    }

    /// <summary>Shows what another instance wrote just now.</summary>
    /// <param name="entries">The entries, in sequence.</param>
    public void OnSeen(IReadOnlyList<Entry> entries)
    {
        lock (_gate)
        {
            Count(entries.Count);
            _posted += entries.Count;
            Show(entries);
        }
    }

    /// <summary>Shows what the ledger holds already, behind what is newer. It counts for nothing.</summary>
    /// <param name="entries">The entries, in any order.</param>
    public void OnKept(IReadOnlyList<Entry> entries)
    {
        lock (_gate)
        {
            var all = _recent.Concat(entries).DistinctBy(entry => entry.Id).OrderBy(entry => entry.Sequence).ToList();
            _recent.Clear();
            Show(all);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Publish()
    {
        Action<LedgerActivity>? subscribers;
        lock (_gate)
        {
            _isArmed = false;
            var second = MoveTo(NowSecond());
            // The second that still runs is left out of the mean.
            var rate = (_perSecond.Sum() - _perSecond[second % _perSecond.Length]) / (double)WindowSeconds;
            _current = new LedgerActivity([.. _recent], rate, _posted, _refused, _waiting, _time.GetUtcNow());
            subscribers = _subscribers;
            // Once more until the rate has gone down to zero, so that a still ledger does not look busy.
            if (!_isIdle)
            {
                _isIdle = rate == 0 && _perSecond[second % _perSecond.Length] == 0;
                Arm();
            }
        }

        subscribers?.Invoke(_current);
    }

    private void Count(int operations) => _perSecond[MoveTo(NowSecond()) % _perSecond.Length] += operations;

    private void Show(IReadOnlyList<Entry> entries)
    {
        foreach (var entry in entries.Where(entry => !SystemAccounts.IsReserved(entry.UserId)).TakeLast(RecentEntries))
        {
            _recent.AddFirst(entry);
        }

        while (_recent.Count > RecentEntries)
        {
            _recent.RemoveLast();
        }

        _isIdle = false;
        Arm();
    }

    private void Arm()
    {
        if (!_isArmed)
        {
            _isArmed = true;
            _timer.Change(Interval, Timeout.InfiniteTimeSpan);
        }
    }

    private long NowSecond() => _time.GetTimestamp() / _time.TimestampFrequency;

    private long MoveTo(long second)
    {
        for (var passed = Math.Max(_second + 1, second - _perSecond.Length + 1); passed <= second; passed++)
        {
            _perSecond[passed % _perSecond.Length] = 0;
        }

        return _second = Math.Max(_second, second);
    }

    private sealed class Subscription(LedgerFeed feed, Action<LedgerActivity> onActivity) : IDisposable
    {
        public void Dispose()
        {
            lock (feed._gate)
            {
                feed._subscribers -= onActivity;
            }
        }
    }
}
