using System.Globalization;

namespace GavatDashboard.Domain.Analysis;

/// <summary>A rule set as it is written down: in the configuration, in the stores, in the editor.</summary>
public sealed class RuleSetDocument
{
    /// <summary>The name that people give to it; 1 to 40 characters.</summary>
    public string Name { get; set; } = "1";

    /// <summary>The segment rules, in the order in which they are asked; empty for those that come with the program.</summary>
    public IList<SegmentRuleDocument> Segments { get; init; } = [];

    /// <summary>The flag rules, in the order in which they are shown; empty for those that come with the program.</summary>
    public IList<FlagRuleDocument> Flags { get; init; } = [];

    /// <summary>Points from which the risk is medium.</summary>
    public int MediumFrom { get; set; } = 25;

    /// <summary>Points from which the risk is high.</summary>
    public int HighFrom { get; set; } = 50;

    /// <summary>Points from which the risk is critical.</summary>
    public int CriticalFrom { get; set; } = 100;

    /// <summary>Writes a rule set down.</summary>
    public static RuleSetDocument Of(RuleSet rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return new()
        {
            Name = rules.Name,
            Segments = [.. rules.Segments.Select(rule => new SegmentRuleDocument
            {
                Name = rule.Name, Segment = rule.Segment.ToCode(), Explanation = rule.Explanation, When = [.. rule.When.Select(condition => condition.ToString())],
            })],
            Flags = [.. rules.Flags.Select(rule => new FlagRuleDocument
            {
                Name = rule.Name, Points = rule.Points, Explanation = rule.Explanation, When = [.. rule.When.Select(condition => condition.ToString())],
            })],
            MediumFrom = rules.MediumFrom,
            HighFrom = rules.HighFrom,
            CriticalFrom = rules.CriticalFrom,
        };
    }

    /// <summary>Reads it.</summary>
    /// <param name="path">Where it is written, such as <c>Analysis:Rules</c>; errors begin with it and name the place below it.</param>
    /// <param name="errors">All that is wrong with it; empty where nothing is.</param>
    /// <returns>The rules, or null where something is wrong.</returns>
    public RuleSet? Read(string path, out IReadOnlyList<string> errors)
    {
        var found = new List<string>();
        if (string.IsNullOrWhiteSpace(Name) || Name.Length > 40 || Name.Any(char.IsControl))
        {
            found.Add($"{path}:Name: give 1 to 40 characters.");
        }

        var rules = new RuleSet
        {
            Name = Name,
            Segments = Segments.Count == 0 ? RuleSet.Default.Segments : [.. Segments.Select((rule, i) => Read(rule, Place(path, nameof(Segments), i), found))],
            Flags = Flags.Count == 0 ? RuleSet.Default.Flags : [.. Flags.Select((rule, i) => Read(rule, Place(path, nameof(Flags), i), found))],
            MediumFrom = MediumFrom,
            HighFrom = HighFrom,
            CriticalFrom = CriticalFrom,
        };
        found.AddRange(rules.Validate().Select(error => $"{path}: {error}"));
        errors = found;
        return found.Count == 0 ? rules : null;
    }

    private static SegmentRule Read(SegmentRuleDocument rule, string place, List<string> errors)
    {
        CheckNames(rule.Name, rule.Explanation, place, errors);
        if (AnalysisCodes.FindSegment(rule.Segment) is not { } segment)
        {
            errors.Add($"{place}:Segment: '{rule.Segment}' is no segment; use one of: {string.Join(", ", AnalysisCodes.Segments.Select(known => known.ToCode()))}.");
            segment = Segment.Regular;
        }

        return new(rule.Name, segment, rule.Explanation, Conditions(rule.When, place, errors));
    }

    private static FlagRule Read(FlagRuleDocument rule, string place, List<string> errors)
    {
        CheckNames(rule.Name, rule.Explanation, place, errors);
        return new(rule.Name, rule.Points, rule.Explanation, Conditions(rule.When, place, errors));
    }

    private static void CheckNames(string name, string explanation, string place, List<string> errors)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > 64 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-'))
        {
            errors.Add($"{place}:Name: give 1 to 64 letters, digits or '-'.");
        }

        if (string.IsNullOrWhiteSpace(explanation) || explanation.Length > 300)
        {
            errors.Add($"{place}:Explanation: say in 1 to 300 characters what the rule means.");
        }
    }

    private static List<RuleCondition> Conditions(IList<string> when, string place, List<string> errors)
    {
        var conditions = new List<RuleCondition>();
        for (var i = 0; i < when.Count; i++)
        {
            if (RuleCondition.TryParse(when[i], out var condition, out var error))
            {
                conditions.Add(condition);
            }
            else
            {
                errors.Add($"{Place(place, "When", i)}: {error}");
            }
        }

        return conditions;
    }

    private static string Place(string path, string list, int index) => string.Create(CultureInfo.InvariantCulture, $"{path}:{list}:{index}");
}

/// <summary>A segment rule as it is written down.</summary>
public sealed class SegmentRuleDocument
{
    /// <summary>Its name, unique in the set.</summary>
    public string Name { get; set; } = "";

    /// <summary>The code of the segment that it decides.</summary>
    public string Segment { get; set; } = "";

    /// <summary>Why, for a person.</summary>
    public string Explanation { get; set; } = "";

    /// <summary>Its conditions, each such as <c>spent_30d >= 2000</c>; none for the last rule.</summary>
    public IList<string> When { get; init; } = [];
}

/// <summary>A flag rule as it is written down.</summary>
public sealed class FlagRuleDocument
{
    /// <summary>Its name, unique in the set.</summary>
    public string Name { get; set; } = "";

    /// <summary>What it adds to the risk, 1 to 100; 0 for a green flag.</summary>
    public int Points { get; set; }

    /// <summary>What it means, for a person.</summary>
    public string Explanation { get; set; } = "";

    /// <summary>Its conditions, at least one.</summary>
    public IList<string> When { get; init; } = [];
}
