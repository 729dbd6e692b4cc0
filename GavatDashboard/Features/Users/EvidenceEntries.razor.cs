using GavatDashboard.Domain.Coins;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Users;

/// <summary>The entries in which something was found, read when somebody asks for them.</summary>
public sealed partial class EvidenceEntries : IDisposable
{
    private readonly CancellationTokenSource _lifetime = new();
    private readonly Load<IReadOnlyList<Entry>> _entries = new();
    private bool _isOpen;

    /// <summary>The entries, at most 20, the newest first.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<Guid> EntryIds { get; set; } = [];

    [Inject]
    private ILedgerStores Stores { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    /// <inheritdoc />
    public void Dispose()
    {
        _lifetime.Cancel();
        _entries.Dispose();
        _lifetime.Dispose();
    }

    private async Task ToggleAsync()
    {
        _isOpen = !_isOpen;
        if (_isOpen && _entries.Value is null)
        {
            await LoadAsync();
        }
    }

    private async Task LoadAsync() => await _entries.RunAsync(
        async token =>
        {
            var found = new List<Entry>();
            foreach (var id in EntryIds)
            {
                if (await Stores.Current.FindEntryAsync(id, token) is { } entry)
                {
                    found.Add(entry);
                }
            }

            return found;
        },
        _lifetime.Token);
}
