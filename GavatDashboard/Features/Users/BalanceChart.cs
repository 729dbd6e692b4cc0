using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Shared.Charts;

namespace GavatDashboard.Features.Users;

/// <summary>Lays a balance out over the time in which its entries took effect.</summary>
internal static class BalanceChart
{
    /// <summary>The chart from the balance now back through the entries, which come newest first.</summary>
    public static ChartSpec Of(CoinAmount balance, IReadOnlyList<Entry> entries, DateTimeOffset now, string name, string noData)
    {
        // Backwards: imported entries take effect before others that were recorded earlier, so their own balance-after is no history.
        var points = new List<double?[]>((2 * entries.Count) + 1) { Point(now, balance) };
        var after = balance;
        foreach (var entry in entries)
        {
            points.Add(Point(entry.EffectiveAt, after));
            after -= entry.Amount;
            points.Add(Point(entry.EffectiveAt, after));
        }

        points.Reverse();
        var from = entries.Count > 0 ? entries[^1].EffectiveAt : now.AddDays(-1);
        return new ChartSpec([new ChartSeries(name, "--chart-1", entries.Count > 0 ? points : [])], from.ToUnixTimeMilliseconds(), now.ToUnixTimeMilliseconds())
        {
            Locale = CultureInfo.CurrentUICulture.Name,
            Height = 240,
            Min = 0,
            IsLong = now - from > TimeSpan.FromHours(24),
            NoData = noData,
        };

        static double?[] Point(DateTimeOffset at, CoinAmount coins) => [at.ToUnixTimeMilliseconds(), coins.Value];
    }
}
