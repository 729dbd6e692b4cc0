using System.Globalization;
using System.Text.Json.Serialization;

namespace GavatDashboard.Domain.Analysis;

/// <summary>A condition that held, and what it was found in.</summary>
/// <param name="Fact">The fact's name, such as <c>spent_30d</c>; pages have words for it in every language.</param>
/// <param name="Number">Its value, in the fact's unit.</param>
/// <param name="IsAtLeast">Whether the rule asks for at least the threshold; else at most.</param>
/// <param name="Threshold">The rule's threshold.</param>
public sealed record Finding(string Fact, long Number, bool IsAtLeast, long Threshold)
{
    /// <summary>Entries in which it was found, at most 20, the newest first.</summary>
    public IReadOnlyList<Guid> EntryIds { get; init; } = [];

    /// <summary>Other users who have to do with it, at most 20.</summary>
    public IReadOnlyList<string> Users { get; init; } = [];

    /// <summary>When the first of it was (UTC), where it has a time.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>When the last of it was (UTC), where it has a time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Codes of rules that it sums up.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];

    /// <summary>The same in English words, for logs and for whoever reads the API.</summary>
    [JsonIgnore]
    public string Words
    {
        get
        {
            var fact = Analysis.Fact.Find(Fact);
            var unit = fact?.Unit ?? string.Empty;
            var words = fact?.Words ?? Fact;
            var value = unit.Length == 0 && fact is not null
                ? $"{words}: {(Number != 0 ? "yes" : "no")}"
                : string.Create(CultureInfo.InvariantCulture, $"{words}: {Number:N0} {unit} (rule: {(IsAtLeast ? "at least" : "at most")} {Threshold:N0} {unit})");
            return string.Join("; ", new[] { value, TimeWords(), Users.Count > 0 ? $"with {string.Join(", ", Users)}" : null, Rules.Count > 0 ? string.Join(", ", Rules) : null }.OfType<string>());
        }
    }

    private string? TimeWords() => (From, To) switch
    {
        (null, { } to) => $"last at {Show(to)}",
        ({ } from, { } to) when to > from => $"from {Show(from)} to {Show(to)}",
        ({ } from, _) => $"at {Show(from)}",
        _ => null,
    };

    private static string Show(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC";
}
