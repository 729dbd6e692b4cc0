using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Shared.Charts;

namespace GavatDashboard.Features.Users;

/// <summary>Lays a balance out over the time in which its entries took effect, and no further where nothing moved for long.</summary>
internal static class BalanceChart
{
    private const int QuietFactor = 3;

    /// <summary>The chart from the balance now back through the entries, which come newest first.</summary>
    public static ChartSpec Of(CoinAmount balance, IReadOnlyList<Entry> entries, DateTimeOffset now, string name, string noData)
    {
        // Backwards: imported entries take effect before others that were recorded earlier, so their own balance-after is no history.
        var until = End(entries, now);
        var points = new List<double?[]>((2 * entries.Count) + 1) { Point(until, balance) };
        var after = balance;
        foreach (var entry in entries)
        {
            points.Add(Point(entry.EffectiveAt, after));
            after -= entry.Amount;
            points.Add(Point(entry.EffectiveAt, after));
        }

        points.Reverse();
        var from = entries.Count > 0 ? entries[^1].EffectiveAt : now.AddDays(-1);
        return new ChartSpec([new ChartSeries(name, "--chart-1", entries.Count > 0 ? points : [])], from.ToUnixTimeMilliseconds(), until.ToUnixTimeMilliseconds())
        {
            Locale = CultureInfo.CurrentUICulture.Name,
            Height = 240,
            Min = 0,
            IsLong = until - from > TimeSpan.FromHours(24),
            NoData = noData,
        };

        // Years of silence would press all that happened into one line at the edge.
        static DateTimeOffset End(IReadOnlyList<Entry> entries, DateTimeOffset now)
        {
            if (entries.Count < 2)
            {
                return now;
            }

            var (first, last) = (entries.Min(entry => entry.EffectiveAt), entries.Max(entry => entry.EffectiveAt));
            return now - last > QuietFactor * (last - first) ? last + (last - first) / 20 : now;
        }

        static double?[] Point(DateTimeOffset at, CoinAmount coins) => [at.ToUnixTimeMilliseconds(), coins.Value];
    }
}
