using GavatDashboard.Shared.Live;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;

namespace GavatDashboard.Shared.Layout;

/// <summary>The frame of every page: bar, navigation, and a boundary that a failing page does not cross.</summary>
public sealed partial class MainLayout : IDisposable
{
    private ErrorBoundary? _boundary;
    private bool _isNavOpen;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private BrowserPage Browser { get; set; } = null!;

    [Inject]
    private ILogger<MainLayout> Logger { get; set; } = null!;

    // A bare "#main" would be resolved against the base address, which is the start page.
    private string SkipTarget => $"{Navigation.Uri.Split('#')[0]}#main";

    /// <inheritdoc />
    public void Dispose() => Navigation.LocationChanged -= OnLocationChanged;

    /// <inheritdoc />
    protected override void OnInitialized() => Navigation.LocationChanged += OnLocationChanged;

    /// <inheritdoc />
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
        {
            return;
        }

        try
        {
            await Browser.StartAsync($"./{Assets["js/page.js"]}");
        }
        catch (Exception exception) when (exception is JSDisconnectedException or OperationCanceledException)
        {
            Logger.LogDebug(exception, "The browser left before the page's module was loaded.");
        }
    }

    private void OnLocationChanged(object? sender, LocationChangedEventArgs change)
    {
        _boundary?.Recover();
        if (_isNavOpen)
        {
            _isNavOpen = false;
            _ = InvokeAsync(StateHasChanged);
        }
    }

    private void ToggleNav() => _isNavOpen = !_isNavOpen;

    private void CloseNav() => _isNavOpen = false;

    private void Recover() => _boundary?.Recover();
}
