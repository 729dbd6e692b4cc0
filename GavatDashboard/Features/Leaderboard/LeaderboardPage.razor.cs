using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Leaderboard;

/// <summary>Who has, earned or spent the most; it follows the ledger.</summary>
public sealed partial class LeaderboardPage : LiveComponent
{
    private const int Rows = 100;
    private readonly Load<Reading<IReadOnlyList<LeaderboardRow>>> _board = new();
    private LeaderboardOrder _order;
    private LeaderboardPeriod _period;
    private long _posted = -1;

    /// <summary>What it ranks by: balance (the default), earned or spent.</summary>
    [SupplyParameterFromQuery(Name = "by")]
    public string? By { get; set; }

    /// <summary>The time it covers: all (the default), month or week.</summary>
    [SupplyParameterFromQuery(Name = "period")]
    public string? Period { get; set; }

    /// <inheritdoc />
    protected override TimeSpan RefreshInterval => TimeSpan.FromSeconds(2);

    [Inject]
    private CoinReader Reader { get; set; } = null!;

    [Inject]
    private ILedgerFeed Ledger { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        var (order, period) = (Parse<LeaderboardOrder>(By), Parse<LeaderboardPeriod>(Period));
        if (_board.HasEnded && (order != _order || period != _period))
        {
            // Another board's rows under this one's heading would be wrong.
            _board.Clear();
        }

        (_order, _period) = (order, period);
        await LoadAsync();
    }

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) => [Ledger.Subscribe(_ => changed())];

    /// <inheritdoc />
    protected override Task RefreshAsync() => Ledger.Current.Posted == _posted && _board.Error is null ? Task.CompletedTask : LoadAsync();

    /// <inheritdoc />
    protected override ValueTask DisposeMoreAsync()
    {
        _board.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task LoadAsync()
    {
        _posted = Ledger.Current.Posted;
        var (order, period) = (_order, _period);
        await _board.RunAsync(async token => await Reader.ReadLeaderboardAsync(order, period, Rows, token), Lifetime);
    }

    private static T Parse<T>(string? text)
        where T : struct, Enum => Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) ? value : default;

    private static string AddressOf(LeaderboardOrder order, LeaderboardPeriod period) =>
        $"/leaderboard?by={order.ToString().ToLowerInvariant()}&period={period.ToString().ToLowerInvariant()}";
}
