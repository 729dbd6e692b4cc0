using System.Globalization;
using System.Resources;
using GavatDashboard.Shared.Text;

namespace GavatDashboard.Features.Reconciliation;

/// <summary>What a check found, or what it waits for: a code and what belongs to it. The words are in the texts of the pages, in each language.</summary>
/// <param name="Code">The text's name, after <c>Finding.</c>.</param>
/// <param name="Arguments">What stands in the text from place 1 on.</param>
public sealed record Finding(string Code, IReadOnlyList<string> Arguments)
{
    private static readonly ResourceManager Texts = new(typeof(UiText).FullName!, typeof(UiText).Assembly);

    /// <summary>What is spoken of, after <c>Place.</c>; it stands at place 0 of the text. Null where the text needs none.</summary>
    public string? Place { get; init; }

    /// <summary>What was done about it, after <c>Repair.</c>, or null.</summary>
    public string? Repair { get; init; }

    /// <summary>Makes one.</summary>
    /// <param name="code">The text's name.</param>
    /// <param name="arguments">What stands in the text.</param>
    public static Finding Of(string code, params object[] arguments) =>
        new(code, [.. arguments.Select(argument => Convert.ToString(argument, CultureInfo.InvariantCulture) ?? string.Empty)]);

    /// <summary>Something that a store says of itself, in its own words.</summary>
    /// <param name="words">The words.</param>
    public static Finding Said(string words) => Of("said", words);

    /// <summary>The finding as a sentence without its full stop.</summary>
    /// <param name="culture">The language.</param>
    public string Say(CultureInfo culture)
    {
        object[] places = [Place is { } place ? TextOf($"Place.{place}", culture) : string.Empty, .. Arguments];
        var words = string.Format(culture, TextOf($"Finding.{Code}", culture), places);
        return Repair is { } repair ? $"{words}. {TextOf($"Repair.{repair}", culture)}" : words;
    }

    /// <summary>In English, for logs, incidents and the command line.</summary>
    public override string ToString() => Say(CultureInfo.InvariantCulture);

    /// <summary>Two are equal when they say the same.</summary>
    /// <param name="other">The other one.</param>
    public bool Equals(Finding? other) =>
        other is not null && (Code, Place, Repair) == (other.Code, other.Place, other.Repair) && Arguments.SequenceEqual(other.Arguments, StringComparer.Ordinal);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Code, Place, Repair, Arguments.Count);

    private static string TextOf(string name, CultureInfo culture) =>
        Texts.GetString(name, culture) ?? throw new InvalidOperationException($"There is no text '{name}'.");
}

/// <summary>Of what findings speak.</summary>
internal static class Places
{
    public const string Primary = "primary";
    public const string Fallback = "fallback";
    public const string Documents = "documents";
    public const string Cache = "cache";

    /// <summary>The leaderboard of a period in the cache.</summary>
    public static string BoardOf(Domain.Coins.LeaderboardPeriod period) => $"board-{period.ToString().ToLowerInvariant()}";
}
