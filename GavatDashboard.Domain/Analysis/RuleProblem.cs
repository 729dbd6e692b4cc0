namespace GavatDashboard.Domain.Analysis;

/// <summary>What can be wrong with a rule set.</summary>
public enum RuleProblemKind
{
    /// <summary>Two rules have one name.</summary>
    NameTwice,

    /// <summary>The last segment rule has conditions: some users would have no segment.</summary>
    LastHasConditions,

    /// <summary>A segment rule before the last has no conditions.</summary>
    AlwaysHolds,

    /// <summary>No rule decides a segment.</summary>
    SegmentMissing,

    /// <summary>No rule that decides a segment can ever be the first to hold.</summary>
    SegmentUnreachable,

    /// <summary>The conditions of a rule contradict each other, or ask for what a fact can never be.</summary>
    NeverHolds,

    /// <summary>An earlier rule holds wherever this one does.</summary>
    NeverAsked,

    /// <summary>A flag has no conditions.</summary>
    FlagAlwaysRaised,

    /// <summary>The points of a flag are out of range.</summary>
    PointsOutOfRange,

    /// <summary>A red flag looks at spending alone.</summary>
    SpendingAlone,

    /// <summary>A flag looks at what the flags make up.</summary>
    LooksAtRiskPoints,

    /// <summary>The points of the risk levels do not ascend.</summary>
    LevelsDoNotAscend,
}

/// <summary>Something that is wrong with a rule set.</summary>
/// <param name="Kind">What.</param>
/// <param name="Rule">The rule's name, or null where it is about no single one.</param>
/// <param name="Other">Another rule, a fact or a segment that has to do with it, or null.</param>
public sealed record RuleProblem(RuleProblemKind Kind, string? Rule = null, string? Other = null)
{
    /// <summary>What is wrong, in English words for an admin.</summary>
    public string Words => Kind switch
    {
        RuleProblemKind.NameTwice => $"rules: the name '{Rule}' is used more than once.",
        RuleProblemKind.LastHasConditions => "segments: the last rule must have no conditions, so that every user has a segment.",
        RuleProblemKind.AlwaysHolds => $"segments: '{Rule}' has no conditions and is not the last rule; the rules after it would never be asked.",
        RuleProblemKind.SegmentMissing => $"segments: no rule decides '{Other}'.",
        RuleProblemKind.SegmentUnreachable => $"segments: no user can ever be '{Other}': each rule that decides it never holds or is never asked.",
        RuleProblemKind.NeverHolds => $"rules: '{Rule}' can never hold: no value of {Other} is enough and not too much for it.",
        RuleProblemKind.NeverAsked => $"segments: '{Rule}' is never asked: '{Other}' comes before it and holds wherever it does.",
        RuleProblemKind.FlagAlwaysRaised => $"flags: '{Rule}' has no conditions.",
        RuleProblemKind.PointsOutOfRange => $"flags: the points of '{Rule}' must lie between 0 and 100.",
        RuleProblemKind.SpendingAlone => $"flags: '{Rule}' looks at spending alone, which is no risk.",
        RuleProblemKind.LooksAtRiskPoints => $"flags: '{Rule}' looks at {FactNames.RiskPoints}, which the flags make up.",
        RuleProblemKind.LevelsDoNotAscend => "risk: the points of medium, high and critical must be at least 1 and ascend.",
        _ => throw new InvalidOperationException($"There are no words for {Kind}."),
    };
}
