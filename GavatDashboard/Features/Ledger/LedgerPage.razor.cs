using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Ledger;

/// <summary>The ledger as it is written, and the sums that prove it whole.</summary>
public sealed partial class LedgerPage : LiveComponent
{
    private const int PageSize = 50;

    // The sums go over every entry: not with every change.
    private static readonly TimeSpan ProofInterval = TimeSpan.FromSeconds(30);
    private readonly Load<Reading<IReadOnlyList<Entry>>> _entries = new();
    private readonly Load<LedgerProof> _proof = new();
    private string? _user;
    private string? _type;
    private long _seen = -1;
    private bool _isPaused;
    private bool _hasMore;
    private bool _isLoadingMore;

    /// <summary>Only entries of this user.</summary>
    [SupplyParameterFromQuery(Name = "user")]
    public string? UserId { get; set; }

    /// <summary>Only entries of this type, by its code.</summary>
    [SupplyParameterFromQuery(Name = "type")]
    public string? Type { get; set; }

    /// <inheritdoc />
    protected override TimeSpan RefreshInterval => TimeSpan.FromSeconds(1);

    [Inject]
    private ILedgerStores Stores { get; set; } = null!;

    [Inject]
    private ILedgerFeed Ledger { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    private bool HasFilter => !string.IsNullOrWhiteSpace(UserId) || EntryType.TryFind(Type, out _);

    // The feed leaves out reserved users, as this page does; its list is bounded, and so is the figure.
    private int Missed => Ledger.Current.Recent.Count(entry => entry.Sequence > _seen);

    private long Newest => Ledger.Current.Recent is [var newest, ..] ? newest.Sequence : 0;

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        (_user, _type) = (UserId, Type ?? "");
        _isPaused = false;
        _entries.Clear();
        await Task.WhenAll(LoadAsync(), _proof.HasEnded ? Task.CompletedTask : ProveAsync());
    }

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) => [Ledger.Subscribe(_ => changed())];

    /// <inheritdoc />
    protected override Task RefreshAsync()
    {
        if (_isPaused || (Newest == _seen && _entries.Error is null))
        {
            return Task.CompletedTask;
        }

        return Task.WhenAll(LoadAsync(), IsProofOld ? ProveAsync() : Task.CompletedTask);
    }

    /// <inheritdoc />
    protected override ValueTask DisposeMoreAsync()
    {
        _entries.Dispose();
        _proof.Dispose();
        return ValueTask.CompletedTask;
    }

    private bool IsProofOld => !_proof.IsLoading && (_proof.Value is not { } proof || Time.GetUtcNow() - proof.AsOf >= ProofInterval);

    private void Filter()
    {
        var query = new QueryBuilder();
        if (!string.IsNullOrWhiteSpace(_user))
        {
            query.Add("user", _user.Trim());
        }

        if (!string.IsNullOrEmpty(_type))
        {
            query.Add("type", _type);
        }

        Navigation.NavigateTo("/ledger" + query);
    }

    private EntryQuery QueryFrom(Guid? before) => new()
    {
        UserId = string.IsNullOrWhiteSpace(UserId) ? null : UserId.Trim(),
        Type = EntryType.TryFind(Type, out var type) ? type : null,
        Before = before,

        // One more than is shown tells whether there is another page.
        Limit = PageSize + 1,
    };

    private async Task LoadAsync()
    {
        _seen = Newest;
        await _entries.RunAsync(token => ReadAsync([], token), Lifetime);
    }

    private async Task LoadMoreAsync()
    {
        if (_entries.Value is not { Value: { Count: > 0 } shown })
        {
            return;
        }

        // Older rows would jump away with the next entry.
        (_isPaused, _isLoadingMore) = (true, true);
        await _entries.RunAsync(token => ReadAsync(shown, token), Lifetime);
        _isLoadingMore = false;
    }

    private async Task<Reading<IReadOnlyList<Entry>>?> ReadAsync(IReadOnlyList<Entry> shown, CancellationToken cancellationToken)
    {
        var ledger = Stores.Current;
        var page = await ledger.ListEntriesAsync(QueryFrom(shown.Count > 0 ? shown[^1].Id : null), cancellationToken);
        _hasMore = page.Count > PageSize;
        return new([.. shown, .. page.Take(PageSize)], Time.GetUtcNow(), ledger.Kind);
    }

    private async Task ProveAsync() => await _proof.RunAsync(
        async token =>
        {
            var ledger = Stores.Current;
            var head = await ledger.ReadHeadAsync(token);
            return new LedgerProof(head, await ledger.ReadTotalsAsync(token), ledger.Kind, Time.GetUtcNow());
        },
        Lifetime);

    private async Task TogglePauseAsync()
    {
        _isPaused = !_isPaused;
        if (!_isPaused)
        {
            await LoadAsync();
        }
    }
}
