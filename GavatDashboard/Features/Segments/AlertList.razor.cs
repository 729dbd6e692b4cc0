using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Features.Security;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Segments;

/// <summary>Users whose risk rose so high that somebody should look, and what people did about it.</summary>
public sealed partial class AlertList : IDisposable
{
    private const int Rows = 100;
    private readonly CancellationTokenSource _lifetime = new();
    private readonly Load<IReadOnlyList<Alert>> _alerts = new();
    private (AlertState? State, int Version)? _loaded;
    private Alert? _asked;
    private string? _note;
    private string? _problem;
    private bool _isBusy;

    /// <summary>The state of those that are listed; null for all that are not resolved.</summary>
    [Parameter]
    public AlertState? State { get; set; }

    /// <summary>The address that lists those of a state.</summary>
    [Parameter, EditorRequired]
    public Func<AlertState?, string> AddressOf { get; set; } = null!;

    /// <summary>Goes up when there may be others.</summary>
    [Parameter]
    public int Version { get; set; }

    [Inject]
    private AlertService Alerts { get; set; } = null!;

    [Inject]
    private IAdminGate Gate { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    /// <inheritdoc />
    public void Dispose()
    {
        _lifetime.Cancel();
        _alerts.Dispose();
        _lifetime.Dispose();
    }

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        if (_loaded == (State, Version))
        {
            return;
        }

        if (_loaded?.State != State)
        {
            (_asked, _problem) = (null, null);
            _alerts.Clear();
        }

        _loaded = (State, Version);
        await LoadAsync();
    }

    private async Task LoadAsync()
    {
        var state = State;
        await _alerts.RunAsync(async token => await Alerts.ListAsync(state, Rows, token), _lifetime.Token);
    }

    private void Ask(Alert alert) => (_asked, _note, _problem) = (alert, null, null);

    private async Task MoveAsync(Alert alert, AlertState state, string? note)
    {
        if (_isBusy)
        {
            return;
        }

        (_isBusy, _problem) = (true, null);
        try
        {
            if (await Gate.FindActorAsync(Policies.Viewer, _lifetime.Token) is not { } actor)
            {
                _problem = T["Admin.NotAllowed"];
                return;
            }

            await Alerts.MoveAsync(alert.Id, state, string.IsNullOrWhiteSpace(note) ? null : note.Trim(), actor, _lifetime.Token);
            _asked = null;
            await LoadAsync();
        }
        catch (StoreUnavailableException outage)
        {
            _problem = LoadErrors.Describe(outage, T);
        }
        finally
        {
            _isBusy = false;
        }
    }
}
