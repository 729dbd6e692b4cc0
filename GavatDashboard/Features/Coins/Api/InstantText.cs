using System.Globalization;

namespace GavatDashboard.Features.Coins.Api;

/// <summary>Reads instants as people and programs send them in a query.</summary>
internal static class InstantText
{
    private static readonly string[] Forms =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
    ];

    /// <summary>Reads an instant that has passed.</summary>
    /// <param name="field">The field's name, for the problem.</param>
    /// <param name="text">ISO 8601; without an offset it is UTC, a day alone is its first instant.</param>
    /// <param name="now">The time (UTC).</param>
    /// <param name="instant">The instant (UTC).</param>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? TryReadPast(string field, string text, DateTimeOffset now, out DateTimeOffset instant)
    {
        // In a query, '+' stands for a space: the offset that was meant is the only place where one can come from.
        var mended = text.Replace(' ', '+');
        if (!DateTimeOffset.TryParseExact(
            mended, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out instant))
        {
            return $"{field}: give an instant as ISO 8601, such as 2026-05-29T10:15:30Z; without an offset it is UTC.";
        }

        return instant > now
            ? string.Create(CultureInfo.InvariantCulture, $"{field}: {instant:yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'} is in the future; it is {now:yyyy-MM-dd'T'HH:mm:ss'Z'} now.")
            : null;
    }
}
