namespace GavatDashboard.Domain.Analysis;

/// <summary>A segment that a user is not in, and what would have to change.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Rule">The rule that lacks least.</param>
/// <param name="Explanation">What the rule means.</param>
/// <param name="Missing">The conditions that do not hold; none where an earlier rule decided first.</param>
public sealed record NearMiss(Segment Segment, string Rule, string Explanation, IReadOnlyList<MissingCondition> Missing);

/// <summary>A condition that does not hold.</summary>
/// <param name="Fact">The fact's name.</param>
/// <param name="Number">Its value; null where it does not apply to the user.</param>
/// <param name="IsAtLeast">Whether it would have to be at least the threshold; else at most.</param>
/// <param name="Threshold">The threshold, in the fact's unit.</param>
public sealed record MissingCondition(string Fact, long? Number, bool IsAtLeast, long Threshold);
