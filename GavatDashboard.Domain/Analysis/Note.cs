using System.Globalization;
using System.Text.Json.Serialization;

namespace GavatDashboard.Domain.Analysis;

/// <summary>Something that whoever reads a profile should know.</summary>
/// <param name="Code">What it is, such as <c>in-debt</c>; pages have words for it in every language.</param>
/// <param name="Arguments">What the words need, in their order: whole numbers, and texts as people wrote them.</param>
public sealed record Note(string Code, params IReadOnlyList<string> Arguments)
{
    /// <summary>Every code with its English words.</summary>
    public static IReadOnlyDictionary<string, string> Known { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["history-cut"] = "Only the newest {0} entries of the last {1} days were looked at.",
        ["dates-alone"] = "{0} entries have a date and no time of day; they are left out of the pattern by hour and of velocity.",
        ["tier-pinned"] = "The tier is pinned to {0} by {1}: {2}",
        ["in-debt"] = "A recovery left the account in debt; spending is frozen.",
        ["creator"] = "The user is a creator: what others pay for is not part of this profile.",
    };

    /// <summary>The same in English words, for whoever reads the API.</summary>
    [JsonIgnore]
    public string Words => Known.TryGetValue(Code, out var words)
        ? string.Format(CultureInfo.InvariantCulture, words, [.. Arguments.Select(argument => long.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number.ToString("N0", CultureInfo.InvariantCulture) : argument)])
        : Code;

    /// <summary>A number as an argument.</summary>
    internal static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
