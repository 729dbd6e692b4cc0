using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace GavatDashboard.Domain.Analysis;

/// <summary>A comparison of a fact with a threshold, written such as <c>spent_30d >= 2000</c>. It does not hold where the fact does not apply.</summary>
/// <param name="Fact">What is compared.</param>
/// <param name="IsAtLeast">Whether the fact must be at least the threshold; else at most.</param>
/// <param name="Threshold">The threshold, in the fact's unit.</param>
public sealed record RuleCondition(Fact Fact, bool IsAtLeast, long Threshold)
{
    /// <summary>Reads a condition.</summary>
    /// <param name="text">A fact's name, <c>&gt;=</c> or <c>&lt;=</c>, and a whole number.</param>
    /// <param name="condition">The condition.</param>
    /// <param name="error">What is wrong, for the person who wrote it.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out RuleCondition? condition, [NotNullWhen(false)] out string? error)
    {
        condition = null;
        var parts = (text ?? string.Empty).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts is not [var name, ">=" or "<=", var number])
        {
            error = $"'{text}' is no condition; write one such as 'spent_30d >= 2000'.";
            return false;
        }

        if (Fact.Find(name) is not { } fact)
        {
            error = $"'{name}' is no fact; use one of: {string.Join(", ", Fact.All.Select(known => known.Name))}.";
            return false;
        }

        if (!long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var threshold))
        {
            error = $"'{number}' is no whole number.";
            return false;
        }

        condition = new RuleCondition(fact, parts[1] == ">=", threshold);
        error = null;
        return true;
    }

    /// <summary>Reads a condition that is known to be well formed.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static RuleCondition Parse(string text) => TryParse(text, out var condition, out var error) ? condition : throw new FormatException(error);

    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Fact.Name} {(IsAtLeast ? ">=" : "<=")} {Threshold}");

    /// <summary>Whether it holds for a value; a fact that does not apply holds nothing.</summary>
    internal bool Holds(FactValue? value) => value is not null && (IsAtLeast ? value.Number >= Threshold : value.Number <= Threshold);

    /// <summary>What was found.</summary>
    internal Finding ToFinding(FactValue value) => new(Fact.Name, value.Number, IsAtLeast, Threshold)
    {
        EntryIds = value.EntryIds,
        Users = value.Users,
        From = value.From,
        To = value.To,
        Rules = value.Rules,
    };
}
