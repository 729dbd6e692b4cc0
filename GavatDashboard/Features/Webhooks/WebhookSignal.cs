namespace GavatDashboard.Features.Webhooks;

/// <summary>Wakes those who send, and tells pages that something about deliveries has changed.</summary>
internal sealed class WebhookSignal
{
    private TaskCompletionSource _next = New();

    /// <summary>Hears of every change, on the thread of whoever made it: return at once.</summary>
    public event Action? Changed;

    /// <summary>Ends with the next change.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>There is something new to send.</summary>
    public void Raise()
    {
        Interlocked.Exchange(ref _next, New()).TrySetResult();
        Tell();
    }

    /// <summary>Something became of a delivery.</summary>
    public void Tell() => Changed?.Invoke();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
