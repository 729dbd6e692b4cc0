namespace GavatDashboard.Shared.Live;

/// <summary>
/// Turns any number of signals into at most one delivery in an interval, one at a time. A signal during a delivery leads to one
/// more. While it is paused nothing is delivered; resuming delivers once where a signal came in between.
/// </summary>
public sealed class RenderThrottle : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Func<Task> _deliver;
    private readonly Action<Exception> _onError;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long? _lastStartedAt;
    private bool _isSignalled;
    private bool _isArmed;
    private bool _isDelivering;
    private bool _isPaused;
    private bool _isDisposed;

    /// <summary>Makes a throttle that has nothing to deliver yet.</summary>
    /// <param name="deliver">Renders; usually through <c>InvokeAsync</c>.</param>
    /// <param name="onError">Hears what a delivery throws; the throttle goes on.</param>
    /// <param name="time">The clock.</param>
    /// <param name="interval">The least time between the starts of two deliveries; half a second where it is null.</param>
    public RenderThrottle(Func<Task> deliver, Action<Exception> onError, TimeProvider time, TimeSpan? interval = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        _deliver = deliver;
        _onError = onError;
        _time = time;
        _interval = interval ?? TimeSpan.FromSeconds(0.5);
        _timer = time.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Asks for a delivery. Returns at once, from any thread.</summary>
    public void Signal()
    {
        lock (_gate)
        {
            _isSignalled = true;
            Arm();
        }
    }

    /// <summary>Stops deliveries, or lets them go on.</summary>
    public void SetPaused(bool isPaused)
    {
        lock (_gate)
        {
            _isPaused = isPaused;
            Arm();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
        }

        _timer.Dispose();
    }

    private void Arm()
    {
        if (!_isSignalled || _isArmed || _isDelivering || _isPaused || _isDisposed)
        {
            return;
        }

        var sinceLast = _lastStartedAt is { } last ? _time.GetElapsedTime(last) : _interval;
        _isArmed = true;
        _timer.Change(sinceLast >= _interval ? TimeSpan.Zero : _interval - sinceLast, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            _isArmed = false;
            if (!_isSignalled || _isDelivering || _isPaused || _isDisposed)
            {
                return;
            }

            _isSignalled = false;
            _isDelivering = true;
            _lastStartedAt = _time.GetTimestamp();
        }

        _ = DeliverAsync();
    }

    private async Task DeliverAsync()
    {
        try
        {
            await _deliver();
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
