namespace GavatDashboard.Shared.Live;

/// <summary>Hears an event until it is disposed.</summary>
internal sealed class EventSubscription : IDisposable
{
    private readonly Action _remove;

    /// <summary>Adds a handler.</summary>
    /// <param name="add">Adds it.</param>
    /// <param name="remove">Takes it away again.</param>
    public EventSubscription(Action add, Action remove)
    {
        _remove = remove;
        add();
    }

    /// <inheritdoc />
    public void Dispose() => _remove();
}
