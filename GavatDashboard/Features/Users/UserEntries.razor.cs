using GavatDashboard.Domain.Coins;
using GavatDashboard.Shared.States;
using Microsoft.AspNetCore.Components;

namespace GavatDashboard.Features.Users;

/// <summary>A user's entries, newest first, by the time they took effect.</summary>
public sealed partial class UserEntries : LoadPanel<IReadOnlyList<Entry>>
{
    private const int PageSize = 25;
    private const int MostRows = 2_000;
    private static readonly Dictionary<string, object?> Download = new() { ["download"] = "" };
    private EntryType? _type;
    private int _rows = PageSize;
    private bool _hasMore;

    /// <summary>Whose.</summary>
    [Parameter, EditorRequired]
    public string UserId { get; set; } = "";

    /// <summary>An admin wants to undo an entry.</summary>
    [Parameter]
    public EventCallback<Entry> OnReverse { get; set; }

    [Inject]
    private ILedgerStores Stores { get; set; } = null!;

    /// <inheritdoc />
    protected override object Subject => UserId;

    /// <inheritdoc />
    protected override void Reset() => (_rows, _type) = (PageSize, null);

    /// <inheritdoc />
    protected override Task<IReadOnlyList<Entry>?> ReadAsync(CancellationToken cancellationToken) => ReadAsync([], _rows, cancellationToken);

    private async Task LoadMoreAsync()
    {
        var shown = Shown.Value ?? [];
        _rows = Math.Min(shown.Count + PageSize, MostRows);
        await Shown.RunAsync(token => ReadAsync(shown, PageSize, token), Lifetime);
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
