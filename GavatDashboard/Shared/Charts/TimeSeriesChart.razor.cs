using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace GavatDashboard.Shared.Charts;

/// <summary>A chart over time. It follows its specification without animation and is destroyed with the component.</summary>
public sealed partial class TimeSeriesChart : IAsyncDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);
    private ElementReference _element;
    private IJSObjectReference? _module;
    private int? _chartId;
    private ChartSpec? _drawn;
    private bool _isDisposed;

    /// <summary>What to show.</summary>
    [Parameter, EditorRequired]
    public ChartSpec Spec { get; set; } = null!;

    /// <summary>What it shows, for those who cannot see it.</summary>
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    [Inject]
    private ILogger<TimeSeriesChart> Logger { get; set; } = null!;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        var module = _module;
        _module = null;
        if (module is not null)
        {
            await CloseAsync(module);
        }
    }

    /// <inheritdoc />
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        try
        {
            if (firstRender)
            {
                await CreateAsync();
            }

            await UpdateAsync();
        }
        catch (Exception exception) when (exception is JSDisconnectedException or OperationCanceledException or ObjectDisposedException)
        {
            Logger.LogDebug(exception, "The browser left while a chart was drawn.");
        }
    }

    private async Task CreateAsync()
    {
        var module = await Js.InvokeAsync<IJSObjectReference>("import", CallTimeout, $"./{Assets["js/charts.js"]}");
        if (_isDisposed)
        {
            await CloseAsync(module);
            return;
        }

        _module = module;
        var spec = Spec;
        var chartId = await module.InvokeAsync<int>("create", CallTimeout, _element, spec);
        (_chartId, _drawn) = (chartId, spec);
        if (_isDisposed)
        {
            // The component went while its chart was drawn, before the handle was known.
            await CloseAsync(module);
        }
    }

    private async Task UpdateAsync()
    {
        if (_module is { } module && _chartId is { } chartId && !ReferenceEquals(_drawn, Spec))
        {
            _drawn = Spec;
            await module.InvokeAsync<object?>("update", CallTimeout, chartId, Spec);
        }
    }

    private async Task CloseAsync(IJSObjectReference module)
    {
        try
        {
            if (_chartId is { } chartId)
            {
                _chartId = null;
                await module.InvokeAsync<object?>("destroy", CallTimeout, chartId);
            }

            await module.DisposeAsync();
        }
        catch (Exception exception) when (exception is JSDisconnectedException or JSException or OperationCanceledException or ObjectDisposedException)
        {
            Logger.LogDebug(exception, "The browser had gone before its chart was given up.");
        }
    }
}
