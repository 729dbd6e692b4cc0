using GavatDashboard.Features.Security;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Imports;

/// <summary>Takes a file of history, follows its import, and lists the imports before it.</summary>
public sealed partial class ImportPage : LiveComponent
{
    private const int HistoryRows = 50;
    private readonly Load<ImportStatus> _shown = new();
    private readonly Load<IReadOnlyList<ImportStatus>> _history = new();
    private string? _shownId;
    private string? _problem;
    private volatile ImportStatus? _latest;

    /// <summary>The import whose report is shown, or null.</summary>
    [SupplyParameterFromQuery(Name = "id")]
    public string? Id { get; set; }

    [Inject]
    private ImportService Imports { get; set; } = null!;

    [Inject]
    private IAdminGate Gate { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        if (_shownId != Id)
        {
            _shownId = Id;
            _problem = null;
            _shown.Clear();
        }

        await Task.WhenAll(LoadShownAsync(), LoadHistoryAsync());
    }

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) => [new Following(Imports, status =>
    {
        _latest = status;
        changed();
    })];

    /// <inheritdoc />
    protected override Task RefreshAsync()
    {
        // One import runs at a time, but another may have ended since: the store knows of both.
        return _latest is null ? Task.CompletedTask : Task.WhenAll(LoadShownAsync(), LoadHistoryAsync());
    }

    /// <inheritdoc />
    protected override ValueTask DisposeMoreAsync()
    {
        _shown.Dispose();
        _history.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string AddressOf(string id) => $"/admin/import?id={Uri.EscapeDataString(id)}";

    private void OnSubmitted(ImportStatus status) => Navigation.NavigateTo(AddressOf(status.Id));

    private Task LoadShownAsync() =>
        Id is { } id ? _shown.RunAsync(token => Imports.FindAsync(id, token), Lifetime) : Task.CompletedTask;

    private Task LoadHistoryAsync() =>
        _history.RunAsync(async token => await Imports.ListAsync(HistoryRows, token), Lifetime);

    private async Task CancelAsync()
    {
        if (await Gate.FindActorAsync(Lifetime) is not { } actor)
        {
            _problem = T["Admin.NotAllowed"];
        }
        else if (Id is { } id && !await Imports.CancelAsync(id, actor, Lifetime))
        {
            // It ended meanwhile; the report says how.
            await LoadShownAsync();
        }
    }

    private sealed class Following : IDisposable
    {
        private readonly ImportService _imports;
        private readonly Action<ImportStatus> _onChanged;

        public Following(ImportService imports, Action<ImportStatus> onChanged)
        {
            (_imports, _onChanged) = (imports, onChanged);
            imports.Changed += onChanged;
        }

        public void Dispose() => _imports.Changed -= _onChanged;
    }
}
