using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Shared.Charts;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Users;

/// <summary>All about one user: where the coins went, and why.</summary>
public sealed partial class UserPage : LiveComponent
{
    private const int ChartEntries = 500;
    private readonly Load<Reading<Account>> _balance = new();
    private readonly Load<UserStats> _stats = new();
    private readonly Load<ChartSpec> _chart = new();
    private AdjustPanel? _adjust;
    private string? _shown;
    private string? _remembered;
    private long _newest;
    private int _version;

    /// <summary>The user's id.</summary>
    [Parameter]
    public string Id { get; set; } = "";

    /// <inheritdoc />
    protected override TimeSpan RefreshInterval => TimeSpan.FromSeconds(1);

    [Inject]
    private CoinReader Coins { get; set; } = null!;

    [Inject]
    private ILedgerStores Stores { get; set; } = null!;

    [Inject]
    private ILedgerFeed Ledger { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    private string Name => _stats.Value?.User.Username ?? Id;

    // An outage is never taken for a user who does not exist.
    private bool IsUnknown => !User.IsValidId(Id) || (_balance is { HasEnded: true, Value: null, Error: null });

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        if (_shown == Id)
        {
            return;
        }

        _shown = Id;
        _balance.Clear();
        _stats.Clear();
        _chart.Clear();
        _newest = Newest();
        if (User.IsValidId(Id))
        {
            await Task.WhenAll(LoadAsync(), LoadChartAsync());
        }
    }

    /// <inheritdoc />
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_stats.Value is { } stats && _remembered != stats.User.Id)
        {
            _remembered = stats.User.Id;
            await Browser.AddRecentUserAsync(new RecentUser(stats.User.Id, stats.User.Username));
        }
    }

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) => [Ledger.Subscribe(_ => changed())];

    /// <inheritdoc />
    protected override Task RefreshAsync() => HasChanged() ? ReloadAsync() : Task.CompletedTask;

    /// <inheritdoc />
    protected override ValueTask DisposeMoreAsync()
    {
        _balance.Dispose();
        _stats.Dispose();
        _chart.Dispose();
        return ValueTask.CompletedTask;
    }

    private long Newest() => Ledger.Current.Recent is [var newest, ..] ? newest.Sequence : 0;

    /// <summary>Whether the feed tells of this user, or has moved on so far that it may have.</summary>
    private bool HasChanged()
    {
        var recent = Ledger.Current.Recent;
        var seen = _newest;
        _newest = Newest();
        return recent.Any(entry => entry.Sequence > seen && string.Equals(entry.UserId, Id, StringComparison.Ordinal))
            || (seen > 0 && recent.Count > 0 && recent[^1].Sequence > seen);
    }

    private Task ReloadAsync()
    {
        _version++;
        return Task.WhenAll(LoadAsync(), LoadChartAsync());
    }

    private Task LoadAsync() => Task.WhenAll(
        _balance.RunAsync(token => Coins.FindAccountAsync(Id, token), Lifetime),
        _stats.RunAsync(token => Coins.FindStatsAsync(Id, token), Lifetime));

    private async Task LoadChartAsync() => await _chart.RunAsync(
        async token =>
        {
            var ledger = Stores.Current;
            var account = await ledger.FindAccountAsync(Id, token);
            var entries = await ledger.ListEntriesAsync(new EntryQuery { UserId = Id, Limit = ChartEntries }, token);
            return BalanceChart.Of(account?.Balance ?? CoinAmount.Zero, entries, Time.GetUtcNow(), T["Entry.Balance"], T["User.NoHistory"]);
        },
        Lifetime);

    private Task OnAdjusted() => ReloadAsync();

    private void Reverse(Entry entry) => _adjust?.Reverse(entry);
}
