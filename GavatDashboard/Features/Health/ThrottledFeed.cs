using GavatDashboard.Domain.Health;

namespace GavatDashboard.Features.Health;

/// <summary>
/// A viewer's subscription: at most one delivery in an interval, always of the latest snapshot, one at a time. What comes
/// while a delivery runs is not queued; the newest waits for its turn.
/// </summary>
public sealed class ThrottledFeed : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Func<HealthSnapshot, Task> _deliver;
    private readonly Action<Exception> _onError;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private IDisposable? _subscription;
    private HealthSnapshot? _latest;
    private long? _lastStartedAt;
    private bool _isArmed;
    private bool _isDelivering;
    private bool _isDisposed;

    private ThrottledFeed(Func<HealthSnapshot, Task> deliver, Action<Exception> onError, TimeProvider time, TimeSpan interval)
    {
        _deliver = deliver;
        _onError = onError;
        _time = time;
        _interval = interval;
        _timer = time.CreateTimer(_ => OnTimer(), null, System.Threading.Timeout.InfiniteTimeSpan, System.Threading.Timeout.InfiniteTimeSpan);
    }

    /// <summary>Subscribes.</summary>
    /// <param name="feed">Where snapshots come from.</param>
    /// <param name="deliver">Called with the latest snapshot, such as <c>s => InvokeAsync(() => Show(s))</c>.</param>
    /// <param name="onError">Hears what a delivery throws; the subscription goes on.</param>
    /// <param name="time">The clock.</param>
    /// <param name="interval">The least time between the starts of two deliveries; null for half a second.</param>
    public static ThrottledFeed Subscribe(
        IHealthFeed feed, Func<HealthSnapshot, Task> deliver, Action<Exception> onError, TimeProvider time, TimeSpan? interval = null)
    {
        var throttled = new ThrottledFeed(deliver, onError, time, interval ?? TimeSpan.FromSeconds(0.5));
        throttled._subscription = feed.Subscribe(throttled.OnSnapshot);
        return throttled;
    }

    /// <summary>Ends the subscription. No delivery begins after it; one that runs is not waited for.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _latest = null;
        }

        _subscription?.Dispose();
        _timer.Dispose();
    }

    private void OnSnapshot(HealthSnapshot snapshot)
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _latest = snapshot;
            Arm();
        }
    }

    private void Arm()
    {
        if (_isArmed || _isDelivering || _isDisposed || _latest is null)
        {
            return;
        }

        var sinceLast = _lastStartedAt is { } last ? _time.GetElapsedTime(last) : _interval;
        _isArmed = true;
        _timer.Change(sinceLast >= _interval ? TimeSpan.Zero : _interval - sinceLast, System.Threading.Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        HealthSnapshot snapshot;
        lock (_gate)
        {
            _isArmed = false;
            if (_isDisposed || _isDelivering || _latest is null)
            {
                return;
            }

            snapshot = _latest;
            _latest = null;
            _isDelivering = true;
            _lastStartedAt = _time.GetTimestamp();
        }

        _ = DeliverAsync(snapshot);
    }

    private async Task DeliverAsync(HealthSnapshot snapshot)
    {
        try
        {
            await _deliver(snapshot);
        }
        catch (Exception exception)
        {
            _onError(exception);
        }
        finally
        {
            lock (_gate)
            {
                _isDelivering = false;
                Arm();
            }
        }
    }
}
