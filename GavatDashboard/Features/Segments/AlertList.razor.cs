using GavatDashboard.Domain.Analysis;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Features.Security;
using GavatDashboard.Shared.States;
using Microsoft.AspNetCore.Components;

namespace GavatDashboard.Features.Segments;

/// <summary>Users whose risk rose so high that somebody should look, and what people did about it.</summary>
public sealed partial class AlertList : LoadPanel<Listed<Alert>>
{
    private const int Rows = 100;
    private readonly GatedAction _move = new();
    private Alert? _asked;
    private string? _note;

    /// <summary>The state of those that are listed; null for all that are not resolved.</summary>
    [Parameter]
    public AlertState? State { get; set; }

    /// <summary>The address that lists those of a state.</summary>
    [Parameter, EditorRequired]
    public Func<AlertState?, string> AddressOf { get; set; } = null!;

    [Inject]
    private AlertService Alerts { get; set; } = null!;

    [Inject]
    private IAdminGate Gate { get; set; } = null!;

    /// <inheritdoc />
    protected override object? Subject => State;

    /// <inheritdoc />
    protected override void Reset() => (_asked, _move.Problem) = (null, null);

    /// <inheritdoc />
    protected override async Task<Listed<Alert>?> ReadAsync(CancellationToken cancellationToken) => await Alerts.ListAsync(State, Rows, cancellationToken);

    private void Ask(Alert alert) => (_asked, _note, _move.Problem) = (alert, null, null);

    private Task MoveAsync(Alert alert, AlertState state, string? note) => _move.RunAsync(
        Gate, Policies.Viewer, T,
        async actor =>
        {
            await Alerts.MoveAsync(alert.Id, state, string.IsNullOrWhiteSpace(note) ? null : note.Trim(), actor, Lifetime);
            _asked = null;
            await LoadAsync();
        },
        Lifetime);
}
