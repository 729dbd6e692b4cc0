using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Users;

namespace GavatDashboard.Tests.Ui.Users;

public sealed class BalanceChartTests
{
    private static readonly DateTimeOffset Start = new(1997, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Of_LongSilence_EndsShortlyAfterTheLastEntry()
    {
        var chart = Chart(Start.AddYears(29), Entry(0, 5), Entry(100, 7));

        Assert.Equal(Start.AddDays(105).ToUnixTimeMilliseconds(), chart.To);
        Assert.Equal(12, chart.Series[0].Points[^1][1]);
    }

    [Fact]
    public void Of_SomebodyWhoIsHere_EndsNow()
    {
        var now = Start.AddDays(110);

        Assert.Equal(now.ToUnixTimeMilliseconds(), Chart(now, Entry(0, 5), Entry(100, 7)).To);
    }

    private static GavatDashboard.Shared.Charts.ChartSpec Chart(DateTimeOffset now, params Entry[] oldestFirst) =>
        BalanceChart.Of(new CoinAmount(oldestFirst.Sum(entry => entry.Amount.Value)), [.. oldestFirst.Reverse()], now, "balance", "nothing");

    private static Entry Entry(int day, long amount) => new()
    {
        Id = Guid.NewGuid(), Sequence = day, UserId = "u", Type = EntryType.EarnPurchase, Amount = new CoinAmount(amount), BalanceAfter = new CoinAmount(amount),
        IdempotencyKey = $"k{day}", Actor = "tests", EffectiveAt = Start.AddDays(day), RecordedAt = Start.AddDays(day), Epoch = 1,
        ContraAccount = "treasury:earn", RequestHash = [], ChainHash = [],
    };
}
