using System.Globalization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Shared.Text;

/// <summary>Figures and times as the current culture writes them.</summary>
internal static class Formats
{
    private const string Minus = "\u2212";

    /// <summary>Coins with separators; a movement always carries its sign.</summary>
    public static string Coins(CoinAmount amount, bool isMovement = false)
    {
        var text = Math.Abs((decimal)amount.Value).ToString("N0", CultureInfo.CurrentCulture);
        return amount.Value < 0 ? Minus + text : isMovement && amount.Value > 0 ? "+" + text : text;
    }

    /// <summary>A whole number with separators.</summary>
    public static string Number(long value) => value.ToString("N0", CultureInfo.CurrentCulture);

    /// <summary>Milliseconds with as many digits as matter, and seconds from 1,000 ms; a dash where there is none.</summary>
    public static string Latency(double? latencyMs) =>
        latencyMs is { } value && LatencyParts(value) is var (figure, unit) ? $"{figure} {unit}" : "–";

    /// <summary>The same as figure and unit.</summary>
    public static (string Figure, string Unit) LatencyParts(double latencyMs) => latencyMs switch
    {
        < 10 => (latencyMs.ToString("0.00", CultureInfo.CurrentCulture), "ms"),
        < 100 => (latencyMs.ToString("0.0", CultureInfo.CurrentCulture), "ms"),
        < 1_000 => (latencyMs.ToString("0", CultureInfo.CurrentCulture), "ms"),
        _ => ((latencyMs / 1_000).ToString("0.0", CultureInfo.CurrentCulture), "s"),
    };

    /// <summary>A limit in milliseconds without needless digits.</summary>
    public static string Limit(double milliseconds) => $"{milliseconds.ToString("0.##", CultureInfo.CurrentCulture)} ms";

    /// <summary>A percentage with at most one digit; never 100 unless it is.</summary>
    public static string Percent(double percent)
    {
        var cut = Math.Floor(percent * 10) / 10;
        return IsTurkish
            ? $"%{cut.ToString("0.#", CultureInfo.CurrentCulture)}"
            : $"{cut.ToString("0.#", CultureInfo.CurrentCulture)} %";
    }

    /// <summary>The time of day in UTC, to the second.</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Date and time in UTC, to the minute.</summary>
    public static string DateTime(DateTimeOffset at) => at.UtcDateTime.ToString("d MMM yyyy, HH:mm", CultureInfo.CurrentCulture);

    /// <summary>Date in UTC.</summary>
    public static string Date(DateTimeOffset at) => at.UtcDateTime.ToString("d MMM yyyy", CultureInfo.CurrentCulture);

    /// <summary>Machine-readable time for the <c>datetime</c> attribute.</summary>
    public static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    /// <summary>A span in its two largest units, such as "3 h 12 min".</summary>
    public static string Duration(TimeSpan span) => span switch
    {
        { TotalSeconds: < 60 } => $"{span.TotalSeconds:0} {Unit("s")}",
        { TotalMinutes: < 60 } => $"{(int)span.TotalMinutes} {Unit("min")} {span.Seconds} {Unit("s")}",
        { TotalHours: < 24 } => $"{(int)span.TotalHours} {Unit("h")} {span.Minutes} {Unit("min")}",
        _ => $"{(int)span.TotalDays} {Unit("d")} {span.Hours} {Unit("h")}",
    };

    /// <summary>The sign of a unit of time, as the current language writes it.</summary>
    public static string Unit(string sign) => IsTurkish
        ? sign switch { "s" => "sn", "min" => "dk", "h" => "sa", "d" => "gün", _ => sign }
        : sign;

    /// <summary>An amount of memory or disk with at most one digit, such as "8.4 MB".</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1_000 => $"{bytes} B",
        < 1_000_000 => string.Create(CultureInfo.CurrentCulture, $"{bytes / 1e3:0.#} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.CurrentCulture, $"{bytes / 1e6:0.#} MB"),
        _ => string.Create(CultureInfo.CurrentCulture, $"{bytes / 1e9:0.##} GB"),
    };

    private static bool IsTurkish => CultureInfo.CurrentCulture.TwoLetterISOLanguageName == "tr";
}
