using GavatDashboard.Shared.Live;

namespace GavatDashboard.Features.Failover;

/// <summary>Hands the newest snapshot to whoever looks.</summary>
internal sealed class FailoverFeed
{
    private volatile FailoverSnapshot? _current;

    private event Action<FailoverSnapshot>? Published;

    /// <summary>The newest snapshot, or null before the first.</summary>
    public FailoverSnapshot? Current => _current;

    /// <summary>Publishes a snapshot.</summary>
    public void Publish(FailoverSnapshot snapshot)
    {
        _current = snapshot;
        Published?.Invoke(snapshot);
    }

    /// <summary>Subscribes.</summary>
    public IDisposable Subscribe(Action<FailoverSnapshot> onSnapshot) =>
        new EventSubscription(() => Published += onSnapshot, () => Published -= onSnapshot);
}
