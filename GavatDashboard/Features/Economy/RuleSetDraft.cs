using System.Globalization;
using GavatDashboard.Domain.Analysis;

namespace GavatDashboard.Features.Economy;

/// <summary>Rules as they are being typed: texts and choices, until they are read.</summary>
public sealed class RuleSetDraft
{
    private readonly string _typedAtFirst;
    private readonly string _beganWith;

    /// <summary>A draft that changes nothing yet.</summary>
    /// <param name="rules">The rules that it begins with.</param>
    /// <param name="basedOn">The version whose place they shall take; null for their own.</param>
    public RuleSetDraft(RuleSet rules, string? basedOn = null)
    {
        _beganWith = rules.Version;
        BasedOn = basedOn ?? rules.Version;
        Name = rules.Name;
        Segments = [.. rules.Segments.Select(rule => new RuleDraft(rule.Name, rule.Explanation, rule.When) { Segment = rule.Segment })];
        Flags = [.. rules.Flags.Select(rule => new RuleDraft(rule.Name, rule.Explanation, rule.When) { Points = TextOf(rule.Points) })];
        (Medium, High, Critical) = (TextOf(rules.MediumFrom), TextOf(rules.HighFrom), TextOf(rules.CriticalFrom));
        _typedAtFirst = Typed();
    }

    /// <summary>The version whose place they shall take.</summary>
    public string BasedOn { get; set; }

    /// <summary>The name that people give to them.</summary>
    public string Name { get; set; }

    /// <summary>The segment rules, in the order in which they are asked.</summary>
    public List<RuleDraft> Segments { get; }

    /// <summary>The flag rules, in the order in which they are shown.</summary>
    public List<RuleDraft> Flags { get; }

    /// <summary>Points from which the risk is medium.</summary>
    public string Medium { get; set; }

    /// <summary>Points from which the risk is high.</summary>
    public string High { get; set; }

    /// <summary>Points from which the risk is critical.</summary>
    public string Critical { get; set; }

    /// <summary>Whether they differ from those whose place they shall take: something was typed, or they began with others.</summary>
    public bool IsChanged => BasedOn != _beganWith || Typed() != _typedAtFirst;

    /// <summary>Reads the rules.</summary>
    /// <param name="problems">What is wrong; empty where nothing is.</param>
    /// <returns>The rules, or null where something is wrong.</returns>
    public RuleSet? Read(out IReadOnlyList<DraftProblem> problems)
    {
        var found = new List<DraftProblem>();
        if (Name.Trim() is not { Length: > 0 and <= 40 } name || name.Any(char.IsControl))
        {
            found.Add(new(null, "Rules.NameWrong"));
        }

        var rules = new RuleSet
        {
            Name = Name.Trim(),
            Segments = [.. Segments.Select(rule => new SegmentRule(rule.Name.Trim(), rule.Segment, rule.Explanation.Trim(), Read(rule, found)))],
            Flags = [.. Flags.Select(rule => new FlagRule(rule.Name.Trim(), ReadNumber(rule.Points, rule, found), rule.Explanation.Trim(), Read(rule, found)))],
            MediumFrom = ReadNumber(Medium, null, found),
            HighFrom = ReadNumber(High, null, found),
            CriticalFrom = ReadNumber(Critical, null, found),
        };

        // What could not be read is not judged.
        if (found.Count == 0)
        {
            found.AddRange(rules.FindProblems().Select(problem => new DraftProblem(Find(problem.Rule), $"RuleProblem.{problem.Kind}", problem)));
        }

        problems = found;
        return found.Count == 0 ? rules : null;
    }

    private static List<RuleCondition> Read(RuleDraft rule, List<DraftProblem> found)
    {
        if (rule.Name.Trim() is not { Length: > 0 and <= 64 } name || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-'))
        {
            found.Add(new(rule, "Rules.RuleNameWrong"));
        }

        if (rule.Explanation.Trim() is not { Length: > 0 and <= 300 })
        {
            found.Add(new(rule, "Rules.ExplanationWrong"));
        }

        var conditions = new List<RuleCondition>();
        foreach (var condition in rule.When)
        {
            if (long.TryParse(condition.Threshold, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var threshold))
            {
                conditions.Add(new(condition.Fact, condition.IsAtLeast, threshold));
            }
            else
            {
                found.Add(new(rule, "Rules.ThresholdWrong", Text: condition.Fact.Name));
            }
        }

        return conditions;
    }

    private static int ReadNumber(string text, RuleDraft? rule, List<DraftProblem> found)
    {
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            found.Add(new(rule, "Rules.PointsWrong"));
        }

        return number;
    }

    private RuleDraft? Find(string? name) => name is null ? null : Segments.Concat(Flags).LastOrDefault(rule => rule.Name.Trim() == name);

    private string Typed() => string.Join('\n', Segments.Concat(Flags).Select(rule => rule.Typed).Prepend($"{Name}|{Medium}|{High}|{Critical}"));

    private static string TextOf(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A rule as it is being typed.</summary>
public sealed class RuleDraft(string name, string explanation, IEnumerable<RuleCondition> when)
{
    /// <summary>Its name, unique in the set.</summary>
    public string Name { get; set; } = name;

    /// <summary>The segment that it decides, where it is a segment rule.</summary>
    public Segment Segment { get; set; }

    /// <summary>What it adds to the risk, where it is a flag.</summary>
    public string Points { get; set; } = "";

    /// <summary>What it means, for a person.</summary>
    public string Explanation { get; set; } = explanation;

    /// <summary>Its conditions.</summary>
    public List<ConditionDraft> When { get; } = [.. when.Select(condition => new ConditionDraft(condition))];

    /// <summary>Whether all of it can be changed, not the thresholds alone.</summary>
    public bool IsOpen { get; set; }

    /// <summary>All of it, to tell whether it changes.</summary>
    public string Typed => $"{Name}|{Segment}|{Points}|{Explanation}|{string.Join(',', When.Select(condition => $"{condition.Fact.Name}{condition.IsAtLeast}{condition.Threshold}"))}";
}

/// <summary>A condition as it is being typed.</summary>
public sealed class ConditionDraft(RuleCondition condition)
{
    /// <summary>What is compared.</summary>
    public Fact Fact { get; set; } = condition.Fact;

    /// <summary>Whether it must be at least the threshold; else at most.</summary>
    public bool IsAtLeast { get; set; } = condition.IsAtLeast;

    /// <summary>The threshold.</summary>
    public string Threshold { get; set; } = condition.Threshold.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Something that is wrong with rules that are being typed.</summary>
/// <param name="Rule">With which rule, or null for the set.</param>
/// <param name="Key">The key of the words.</param>
/// <param name="Problem">What the rules themselves say, or null.</param>
/// <param name="Text">A fact's name that belongs into the words, or null.</param>
public sealed record DraftProblem(RuleDraft? Rule, string Key, RuleProblem? Problem = null, string? Text = null);
