using GavatDashboard.Domain.Coins;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Users;

/// <summary>A user's own rank with the neighbours above and below.</summary>
public sealed partial class RankPanel : IDisposable
{
    private const int Neighbours = 2;
    private readonly CancellationTokenSource _lifetime = new();
    private readonly Load<Reading<IReadOnlyList<LeaderboardRow>>> _rows = new();
    private LeaderboardOrder _by = LeaderboardOrder.Balance;
    private LeaderboardPeriod _period = LeaderboardPeriod.All;
    private (string UserId, int Version)? _loaded;

    /// <summary>Whose.</summary>
    [Parameter, EditorRequired]
    public string UserId { get; set; } = "";

    /// <summary>Goes up when the account has changed.</summary>
    [Parameter]
    public int Version { get; set; }

    [Inject]
    private CoinReader Coins { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    /// <inheritdoc />
    public void Dispose()
    {
        _lifetime.Cancel();
        _rows.Dispose();
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
            _rows.Clear();
        }

        _loaded = (UserId, Version);
        await LoadAsync();
    }

    private async Task ChooseAsync(ChangeEventArgs change)
    {
        var parts = ((string?)change.Value ?? "").Split(':');
        if (parts.Length == 2 && Enum.TryParse<LeaderboardOrder>(parts[0], out var by) && Enum.TryParse<LeaderboardPeriod>(parts[1], out var period))
        {
            (_by, _period) = (by, period);
            _rows.Clear();
            await LoadAsync();
        }
    }

    private async Task LoadAsync() => await _rows.RunAsync(token => Coins.FindNeighboursAsync(UserId, _by, _period, Neighbours, token), _lifetime.Token);
}
