namespace GavatDashboard.Features.Failover;

/// <summary>Hands the newest snapshot to whoever looks.</summary>
internal sealed class FailoverFeed
{
    private readonly Lock _gate = new();
    private Action<FailoverSnapshot>? _subscribers;
    private volatile FailoverSnapshot? _current;

    /// <summary>The newest snapshot, or null before the first.</summary>
    public FailoverSnapshot? Current => _current;

    /// <summary>Publishes a snapshot.</summary>
    public void Publish(FailoverSnapshot snapshot)
    {
        _current = snapshot;
        Action<FailoverSnapshot>? subscribers;
        lock (_gate)
        {
            subscribers = _subscribers;
        }

        subscribers?.Invoke(snapshot);
    }

    /// <summary>Subscribes.</summary>
    public IDisposable Subscribe(Action<FailoverSnapshot> onSnapshot)
    {
        lock (_gate)
        {
            _subscribers += onSnapshot;
        }

        return new Subscription(this, onSnapshot);
    }

    private sealed class Subscription(FailoverFeed feed, Action<FailoverSnapshot> onSnapshot) : IDisposable
    {
        public void Dispose()
        {
            lock (feed._gate)
            {
                feed._subscribers -= onSnapshot;
            }
        }
    }
}
