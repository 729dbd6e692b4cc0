using System.Globalization;
using GavatDashboard.Domain.Analysis;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Shared.Text;

/// <summary>What the analyzer found, in words of the reader's language.</summary>
internal static class AnalysisTexts
{
    /// <summary>What a rule means. A rule that an admin worded speaks in the admin's words.</summary>
    public static string Rule(IStringLocalizer<UiText> text, string name, string? explanation = null) =>
        RuleSet.WordsOf(name) is { } known && (explanation is null || explanation == known) ? text[$"Rule.{name}"] : explanation ?? name;

    /// <summary>What whoever reads a profile should know.</summary>
    public static string Note(IStringLocalizer<UiText> text, Note note) => Domain.Analysis.Note.Known.ContainsKey(note.Code)
        ? text[$"Note.{note.Code}", [.. note.Arguments.Select(argument => NoteArgument(text, note.Code, argument))]]
        : note.Words;

    /// <summary>Rules that are joined by commas, in words.</summary>
    public static IReadOnlyList<string> Rules(IStringLocalizer<UiText> text, string names) =>
        [.. names.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(name => Rule(text, name))];

    /// <summary>What a fact is.</summary>
    public static string FactName(IStringLocalizer<UiText> text, string fact) => Fact.Find(fact) is null ? fact : text[$"Fact.{fact}"];

    /// <summary>A fact's value with its unit.</summary>
    public static string FactValue(IStringLocalizer<UiText> text, string fact, long number) => Fact.Find(fact)?.Unit switch
    {
        null => Formats.Number(number),
        "" => text[number != 0 ? "Common.Yes" : "Common.No"],
        "%" => Formats.Percent(number),
        "hundredths" => (number / 100m).ToString("0.##", CultureInfo.CurrentCulture),
        "of 5" => text["FactUnit.of5", number],
        var unit => Counted(text, unit, number),
    };

    /// <summary>So many of something, such as "1 user" or "2,000 coins".</summary>
    public static string Counted(IStringLocalizer<UiText> text, string unit, long number) => text[number == 1 ? $"FactUnit.{unit}.1" : $"FactUnit.{unit}", Formats.Number(number)];

    /// <summary>What to read beside a number that is typed for a fact: its unit, or what it stands for.</summary>
    public static string Unit(IStringLocalizer<UiText> text, string fact, string typed) => Fact.Find(fact)?.Unit switch
    {
        null => "",
        "%" => "%",
        "" or "hundredths" => long.TryParse(typed, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? $"= {FactValue(text, fact, number)}" : "",
        "of 5" => text["FactUnit.of5", ""].Value.Trim(),
        var unit => text[$"FactUnit.{unit}", ""].Value.Trim(),
    };

    private static object NoteArgument(IStringLocalizer<UiText> text, string code, string argument) =>
        long.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Formats.Number(number)
        : code == "tier-pinned" && Enum.TryParse<Domain.Coins.Tier>(argument, out var tier) ? text[$"Tier.{tier}"].Value
        : argument;

    /// <summary>What a rule asks of a fact, such as "at least 500 coins"; null for a yes or no, which says it all.</summary>
    public static string? Asked(IStringLocalizer<UiText> text, string fact, bool isAtLeast, long threshold) =>
        Fact.Find(fact)?.Unit.Length == 0 ? null : text[isAtLeast ? "Evidence.AtLeast" : "Evidence.AtMost", FactValue(text, fact, threshold)].Value;
}
