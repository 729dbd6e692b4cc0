namespace GavatDashboard.Features.Failover;

/// <summary>
/// Slows the fallback's writes while the primary is being brought up to date and takes less than what comes. Callers wait a little before
/// their batch, which grows meanwhile; nobody is refused for it.
/// </summary>
internal sealed class WriteBrake(TimeProvider time)
{
    /// <summary>The longest that a batch waits.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private double? _perSecond;
    private TimeSpan _owed;
    private long _since;
    private TaskCompletionSource _released = NewSource();

    /// <summary>How many operations a second it lets through; null where it lets all of them through.</summary>
    public double? PerSecond
    {
        get
        {
            lock (_lock)
            {
                return _perSecond;
            }
        }
    }

    /// <summary>Lets so many operations a second through; null for all.</summary>
    public void SlowTo(double? operationsPerSecond)
    {
        lock (_lock)
        {
            if (operationsPerSecond is null && _perSecond is not null)
            {
                _released.SetResult();
                _released = NewSource();
                _owed = TimeSpan.Zero;
            }

            _perSecond = operationsPerSecond;
        }
    }

    /// <summary>Waits until the next batch may begin.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        TimeSpan wait;
        Task released;
        lock (_lock)
        {
            wait = _perSecond is null ? TimeSpan.Zero : _owed - time.GetElapsedTime(_since);
            released = _released.Task;
        }

        if (wait > TimeSpan.Zero)
        {
            await released.WaitAsync(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>A batch went through: the next one waits for its time.</summary>
    public void Passed(int operations)
    {
        lock (_lock)
        {
            if (_perSecond is { } rate)
            {
                var wait = TimeSpan.FromSeconds(operations / rate);
                (_owed, _since) = (wait < LongestWait ? wait : LongestWait, time.GetTimestamp());
            }
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
