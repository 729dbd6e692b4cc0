using System.Globalization;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Shared.Charts;
using GavatDashboard.Shared.Text;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Segments;

/// <summary>How many users were in each segment, day by day.</summary>
/// <param name="Chart">The lines, always all eight.</param>
/// <param name="HasLine">Whether there are two days at least; one alone is no line.</param>
public sealed record SegmentDaysChart(ChartSpec Chart, bool HasLine)
{
    /// <summary>Lays the noted counts out; a day on which nothing was noted is passed over.</summary>
    internal static SegmentDaysChart Of(IReadOnlyList<SegmentDay> days, int period, DateTimeOffset now, IStringLocalizer<UiText> text)
    {
        var first = days.Count > 0 ? days.Min(day => day.Day) : DateOnly.FromDateTime(now.UtcDateTime).AddDays(1 - period);
        var last = days.Count > 0 ? days.Max(day => day.Day) : DateOnly.FromDateTime(now.UtcDateTime);
        var series = AnalysisCodes.Segments
            .Select(segment => new ChartSeries(
                text[$"Segment.{segment}"], $"--seg-{segment.ToCode()}",
                [.. days.Where(day => day.Segment == segment).OrderBy(day => day.Day).Select(day => new double?[] { Milliseconds(day.Day), day.Users })]))
            .ToList();
        var spec = new ChartSpec(series, Milliseconds(first), Milliseconds(last))
        {
            Locale = CultureInfo.CurrentUICulture.Name,
            Height = 260,
            Min = 0,
            IsLong = true,
            WholeNumbers = true,
        };
        return new(spec, last > first);
    }

    private static long Milliseconds(DateOnly day) => new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).ToUnixTimeMilliseconds();
}
