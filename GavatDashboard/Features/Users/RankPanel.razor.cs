using GavatDashboard.Domain.Coins;
using GavatDashboard.Shared.States;
using Microsoft.AspNetCore.Components;

namespace GavatDashboard.Features.Users;

/// <summary>A user's own rank with the neighbours above and below.</summary>
public sealed partial class RankPanel : LoadPanel<Reading<IReadOnlyList<LeaderboardRow>>>
{
    private const int Neighbours = 2;
    private LeaderboardOrder _by = LeaderboardOrder.Balance;
    private LeaderboardPeriod _period = LeaderboardPeriod.All;

    /// <summary>Whose.</summary>
    [Parameter, EditorRequired]
    public string UserId { get; set; } = "";

    [Inject]
    private CoinReader Coins { get; set; } = null!;

    /// <inheritdoc />
    protected override object Subject => UserId;

    /// <inheritdoc />
    protected override Task<Reading<IReadOnlyList<LeaderboardRow>>?> ReadAsync(CancellationToken cancellationToken) =>
        Coins.FindNeighboursAsync(UserId, _by, _period, Neighbours, cancellationToken);

    private async Task ChooseAsync(ChangeEventArgs change)
    {
        var parts = ((string?)change.Value ?? "").Split(':');
        if (parts.Length == 2 && Enum.TryParse<LeaderboardOrder>(parts[0], out var by) && Enum.TryParse<LeaderboardPeriod>(parts[1], out var period))
        {
            (_by, _period) = (by, period);
            Shown.Clear();
            await LoadAsync();
        }
    }
}
