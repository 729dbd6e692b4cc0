using GavatDashboard.Domain.Analysis;
using GavatDashboard.Shared.Text;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Economy;

/// <summary>What is wrong with rules, in words of the reader's language.</summary>
internal static class RuleWords
{
    /// <summary>The words.</summary>
    public static string Of(DraftProblem problem, IStringLocalizer<UiText> text) =>
        text[problem.Key, problem.Problem?.Rule ?? problem.Rule?.Name ?? "", problem.Text is { } fact ? AnalysisTexts.FactName(text, fact) : Other(problem.Problem, text)];

    private static string Other(RuleProblem? problem, IStringLocalizer<UiText> text) => problem switch
    {
        { Kind: RuleProblemKind.NeverHolds, Other: { } fact } => AnalysisTexts.FactName(text, fact),
        { Kind: RuleProblemKind.SegmentMissing or RuleProblemKind.SegmentUnreachable, Other: { } code } => text[$"Segment.{AnalysisCodes.FindSegment(code)}"],
        { Other: { } other } => other,
        _ => "",
    };
}
