using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace GavatDashboard.Shared.Live;

/// <summary>
/// A component that follows feeds: it subscribes after its first interactive render, renders at most twice a second, rests while
/// the tab is hidden, and unsubscribes on disposal. It never polls.
/// </summary>
public abstract class LiveComponent : ComponentBase, IAsyncDisposable
{
    private readonly CancellationTokenSource _lifetime = new();
    private readonly List<IDisposable> _subscriptions = [];
    private RenderThrottle? _throttle;

    /// <summary>Makes the component, alive.</summary>
    protected LiveComponent() => Lifetime = _lifetime.Token;

    /// <summary>The browser behind the circuit.</summary>
    [Inject]
    protected BrowserPage Browser { get; set; } = null!;

    /// <summary>The clock.</summary>
    [Inject]
    protected TimeProvider Time { get; set; } = null!;

    [Inject]
    private ILoggerFactory LoggerFactory { get; set; } = null!;

    /// <summary>Cancelled when the component goes. It can still be asked after that, by an event handler that was on its way.</summary>
    protected CancellationToken Lifetime { get; }

    /// <summary>The least time between two refreshes; half a second unless a component asks for more.</summary>
    protected virtual TimeSpan RefreshInterval => TimeSpan.FromSeconds(0.5);

    /// <summary>Subscribes to what the component shows; each subscription calls <paramref name="changed"/> from any thread.</summary>
    protected abstract IEnumerable<IDisposable> Subscribe(Action changed);

    /// <summary>Takes over what changed, on the circuit's own thread, before the component renders.</summary>
    protected virtual Task RefreshAsync() => Task.CompletedTask;

    /// <summary>Asks for a refresh, at once or when the interval allows it.</summary>
    protected void RequestRefresh() => _throttle?.Signal();

    /// <inheritdoc />
    protected override void OnAfterRender(bool firstRender)
    {
        if (!firstRender || _lifetime.IsCancellationRequested)
        {
            return;
        }

        var logger = LoggerFactory.CreateLogger(GetType());
        _throttle = new RenderThrottle(
            () => InvokeAsync(RenderChangeAsync), exception => LogRefreshFailure(logger, exception), Time, RefreshInterval);
        Browser.VisibilityChanged += OnVisibilityChanged;
        OnVisibilityChanged();
        _subscriptions.AddRange(Subscribe(_throttle.Signal));

        // What changed between the first render and the subscription is not lost.
        _throttle.Signal();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Browser.VisibilityChanged -= OnVisibilityChanged;
        foreach (var subscription in _subscriptions)
        {
            subscription.Dispose();
        }

        _throttle?.Dispose();
        await _lifetime.CancelAsync();
        await DisposeMoreAsync();
        _lifetime.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives up what a derived component holds beside its subscriptions.</summary>
    protected virtual ValueTask DisposeMoreAsync() => ValueTask.CompletedTask;

    private void OnVisibilityChanged() => _throttle?.SetPaused(!Browser.IsVisible);

    private async Task RenderChangeAsync()
    {
        if (!_lifetime.IsCancellationRequested)
        {
            await RefreshAsync();
            StateHasChanged();
        }
    }

    private static void LogRefreshFailure(ILogger logger, Exception exception)
    {
        if (exception is not (ObjectDisposedException or OperationCanceledException or JSDisconnectedException))
        {
            logger.LogError(exception, "A live component could not refresh; it tries again with the next change.");
        }
    }
}
