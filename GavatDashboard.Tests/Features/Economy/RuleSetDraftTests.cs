using GavatDashboard.Domain.Analysis;
using GavatDashboard.Features.Economy;

namespace GavatDashboard.Tests.Features.Economy;

public sealed class RuleSetDraftTests
{
    private readonly RuleSetDraft _draft = new(RuleSet.Default);

    [Fact]
    public void Read_OfWhatWasNotTouched_IsTheSameVersion()
    {
        Assert.False(_draft.IsChanged);
        Assert.Equal(RuleSet.Default.Version, _draft.Read(out var problems)!.Version);
        Assert.Empty(problems);
    }

    [Fact]
    public void IsChanged_OfRulesThatWereLoadedInThePlaceOfOthers_IsSoFromTheBeginning() => Assert.True(new RuleSetDraft(RuleSet.Default, "2-newer").IsChanged);

    [Fact]
    public void Read_OfTextsThatAreNoNumbers_NamesTheirRules()
    {
        _draft.Segments[0].When[0].Threshold = "many";
        _draft.Flags[1].Points = "1.5";
        _draft.Flags[2].Name = "two words";

        Assert.Null(_draft.Read(out var problems));
        Assert.Equal([(_draft.Segments[0], "Rules.ThresholdWrong"), (_draft.Flags[1], "Rules.PointsWrong"), (_draft.Flags[2], "Rules.RuleNameWrong")], problems.Select(problem => (problem.Rule!, problem.Key)));
    }

    [Fact]
    public void Read_OfARuleThatIsNeverAsked_NamesItAndTheOneBefore()
    {
        _draft.Segments.Single(rule => rule.Name == "whale-month").When[0].Threshold = "300";

        Assert.Null(_draft.Read(out var problems));
        var problem = Assert.Single(problems);
        Assert.Equal(("vip-spender", "RuleProblem.NeverAsked", "whale-month"), (problem.Rule!.Name, problem.Key, problem.Problem!.Other));
    }
}
