using GavatDashboard.Domain.Coins;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Users;

/// <summary>A user's entries, newest first, by the time they took effect.</summary>
public sealed partial class UserEntries : IDisposable
{
    private const int PageSize = 25;
    private const int MostRows = 2_000;
    private static readonly Dictionary<string, object?> Download = new() { ["download"] = "" };
    private readonly CancellationTokenSource _lifetime = new();
    private readonly Load<IReadOnlyList<Entry>> _entries = new();
    private EntryType? _type;
    private (string UserId, int Version)? _loaded;
    private int _rows = PageSize;
    private bool _hasMore;

    /// <summary>Whose.</summary>
    [Parameter, EditorRequired]
    public string UserId { get; set; } = "";

    /// <summary>Goes up when there may be new entries.</summary>
    [Parameter]
    public int Version { get; set; }

    /// <summary>An admin wants to undo an entry.</summary>
    [Parameter]
    public EventCallback<Entry> OnReverse { get; set; }

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

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        if (_loaded == (UserId, Version))
        {
            return;
        }

        if (_loaded?.UserId != UserId)
        {
            (_rows, _type) = (PageSize, null);
            _entries.Clear();
        }

        _loaded = (UserId, Version);
        await LoadAsync();
    }

    private async Task LoadAsync() => await _entries.RunAsync(token => ReadAsync([], _rows, token), _lifetime.Token);

    private async Task LoadMoreAsync()
    {
        var shown = _entries.Value ?? [];
        _rows = Math.Min(shown.Count + PageSize, MostRows);
        await _entries.RunAsync(token => ReadAsync(shown, PageSize, token), _lifetime.Token);
    }

    private async Task<IReadOnlyList<Entry>?> ReadAsync(IReadOnlyList<Entry> shown, int count, CancellationToken cancellationToken)
    {
        // One more than is shown tells whether there is another page.
        var query = new EntryQuery { UserId = UserId, Type = _type, Before = shown.Count > 0 ? shown[^1].Id : null, Limit = count + 1 };
        var page = await Stores.Current.ListEntriesAsync(query, cancellationToken);
        _hasMore = page.Count > count;
        return [.. shown, .. page.Take(count)];
    }

    private async Task FilterAsync(ChangeEventArgs change)
    {
        _type = EntryType.TryFind(change.Value?.ToString(), out var type) ? type : null;
        _rows = PageSize;
        await LoadAsync();
    }
}
