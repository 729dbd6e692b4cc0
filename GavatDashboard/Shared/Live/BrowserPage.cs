using Microsoft.JSInterop;

namespace GavatDashboard.Shared.Live;

/// <summary>The browser behind a circuit: theme, language, whether its tab can be seen, and the users it looked up lately.</summary>
public sealed class BrowserPage(IJSRuntime js) : IAsyncDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);
    private readonly TaskCompletionSource<IJSObjectReference> _module = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DotNetObjectReference<BrowserPage>? _self;
    private IJSObjectReference? _visibilityWatch;
    private bool _isStarted;

    /// <summary>Whether the tab can be seen; taken for true until the browser says otherwise.</summary>
    public bool IsVisible { get; private set; } = true;

    /// <summary>The tab was shown or hidden.</summary>
    public event Action? VisibilityChanged;

    /// <summary>Loads the module and begins to watch the tab. Call it once the page is interactive.</summary>
    /// <param name="moduleUrl">Where the module is, with its fingerprint.</param>
    public async Task StartAsync(string moduleUrl)
    {
        if (_isStarted)
        {
            return;
        }

        _isStarted = true;
        var module = await js.InvokeAsync<IJSObjectReference>("import", CallTimeout, moduleUrl);
        _self = DotNetObjectReference.Create(this);
        _visibilityWatch = await module.InvokeAsync<IJSObjectReference>("watchVisibility", CallTimeout, _self);
        _module.TrySetResult(module);
    }

    /// <summary>Hears from the browser whether the tab can be seen.</summary>
    [JSInvokable]
    public void OnVisibilityChanged(bool isVisible)
    {
        if (IsVisible != isVisible)
        {
            IsVisible = isVisible;
            VisibilityChanged?.Invoke();
        }
    }

    /// <summary>The theme a person chose: <c>system</c>, <c>light</c> or <c>dark</c>.</summary>
    public async Task<string> ReadThemeAsync() => await CallAsync<string>("getTheme");

    /// <summary>Chooses the theme and remembers it.</summary>
    public async Task ChooseThemeAsync(string preference) => await CallAsync<object?>("setTheme", preference);

    /// <summary>Chooses the language, remembers it and loads the page anew.</summary>
    public async Task ChooseLanguageAsync(string culture) => await CallAsync<object?>("setLanguage", culture);

    /// <summary>The users that were looked up in this browser, the latest first, at most eight.</summary>
    public async Task<IReadOnlyList<RecentUser>> ReadRecentUsersAsync() => await CallAsync<RecentUser[]>("readRecentUsers");

    /// <summary>Remembers that a user was looked up.</summary>
    public async Task AddRecentUserAsync(RecentUser user)
    {
        ArgumentNullException.ThrowIfNull(user);
        await CallAsync<object?>("addRecentUser", user.Id, user.Username);
    }

    /// <summary>Forgets the users that were looked up.</summary>
    public async Task ClearRecentUsersAsync() => await CallAsync<object?>("clearRecentUsers");

    /// <summary>Scrolls an element into view where it is not.</summary>
    public async Task ScrollIntoViewAsync(string elementId) => await CallAsync<object?>("scrollIntoView", elementId);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_visibilityWatch is not null)
            {
                await _visibilityWatch.InvokeVoidAsync("dispose");
                await _visibilityWatch.DisposeAsync();
            }

            if (_module.Task.IsCompletedSuccessfully)
            {
                await (await _module.Task).DisposeAsync();
            }
        }
        catch (Exception exception) when (exception is JSDisconnectedException or JSException or OperationCanceledException or InvalidOperationException)
        {
            // The browser has gone, and its memory with it.
        }

        _module.TrySetCanceled();
        _self?.Dispose();
    }

    private async Task<T> CallAsync<T>(string function, params object?[] arguments)
    {
        var module = await _module.Task.WaitAsync(CallTimeout);
        return await module.InvokeAsync<T>(function, CallTimeout, arguments);
    }
}

/// <summary>A user that was looked up.</summary>
/// <param name="Id">The user's id.</param>
/// <param name="Username">The user's name at that time.</param>
public sealed record RecentUser(string Id, string Username);
