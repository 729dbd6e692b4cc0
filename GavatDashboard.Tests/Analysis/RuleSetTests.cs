using GavatDashboard.Domain.Analysis;

namespace GavatDashboard.Tests.Analysis;

public sealed class RuleSetTests
{
    [Fact]
    public void Default_IsValidAndItsVersionIsStable()
    {
        Assert.Empty(RuleSet.Default.Validate());
        Assert.Equal(RuleSet.Default.Version, (RuleSet.Default with { }).Version);
        Assert.StartsWith("1-", RuleSet.Default.Version, StringComparison.Ordinal);
    }

    [Fact]
    public void Version_ChangesWithAThreshold()
    {
        var changed = RuleSet.Default with
        {
            Segments = [.. RuleSet.Default.Segments.Select(rule => rule.Name == "whale-month" ? rule with { When = [RuleCondition.Parse("spent_30d >= 1000")] } : rule)],
        };

        Assert.NotEqual(RuleSet.Default.Version, changed.Version);
        Assert.Equal(Segment.Whale, new HistoryBuilder().Spend(1, 1_000).Analyze(changed).Segment);
    }

    [Fact]
    public void Validate_BrokenSets_SayWhatIsWrong()
    {
        var rules = RuleSet.Default;
        var last = rules.Segments[^1];
        Check(rules with { Segments = [.. rules.Segments.SkipLast(1)] }, "the last rule must have no conditions");
        Check(rules with { Segments = [last with { Name = "early" }, .. rules.Segments] }, "'early' has no conditions and is not the last rule");
        Check(rules with { Segments = [.. rules.Segments.Where(rule => rule.Segment != Segment.Vip)] }, "no rule decides 'vip'");
        Check(rules with { Segments = [rules.Segments[0], .. rules.Segments] }, "is used more than once");
        Check(rules with { Flags = [new("rich", 50, "x", [RuleCondition.Parse("spent_30d >= 10000")])] }, "spending alone");
        Check(rules with { Flags = [new("circle", 50, "x", [RuleCondition.Parse("risk_points >= 1")])] }, "which the flags make up");
        Check(rules with { Flags = [new("always", 50, "x", [])] }, "has no conditions");
        Check(rules with { Flags = [rules.Flags[0] with { Points = 101 }] }, "between 0 and 100");
        Check(rules with { HighFrom = 10 }, "ascend");
        Check(rules with { Segments = [new("torn", Segment.Hot, "x", Parse("recency_days >= 10", "recency_days <= 9")), .. rules.Segments] }, "'torn' can never hold: no value of recency_days");
        Check(rules with { Segments = [new("sure", Segment.Hot, "x", Parse("alive_percent >= 101")), .. rules.Segments] }, "'sure' can never hold");
        Check(rules with { Segments = [new("worst", Segment.Fake, "x", Parse("risk_points >= 60")), .. rules.Segments], Flags = [rules.Flags[0]] }, "'worst' can never hold: no value of risk_points");
        Check(rules with { Flags = [rules.Flags[0] with { When = Parse("mutual_referrals <= -1") }] }, "can never hold");

        static void Check(RuleSet broken, string error)
        {
            Assert.Contains(broken.Validate(), line => line.Contains(error, StringComparison.Ordinal));
            Assert.Throws<ArgumentException>(() => new UserAnalyzer(broken));
        }
    }

    [Fact]
    public void Validate_ARuleThatAnEarlierOneTakesEverythingFrom_IsNeverAsked()
    {
        var rules = RuleSet.Default;
        var narrow = new SegmentRule("narrow", Segment.Whale, "x", Parse("spent_30d >= 3000", "age_days >= 10"));
        var after = rules with { Segments = [.. rules.Segments.SkipLast(1), narrow, rules.Segments[^1]] };
        var before = rules with { Segments = [narrow, .. rules.Segments] };

        Assert.Contains(new RuleProblem(RuleProblemKind.NeverAsked, "narrow", "whale-month"), after.FindProblems());
        Assert.Empty(before.FindProblems());
    }

    [Fact]
    public void Validate_ASegmentWhoseRulesAreAllDead_IsUnreachable()
    {
        var rules = RuleSet.Default;
        var early = new SegmentRule("away", Segment.Cold, "x", Parse("age_days >= 0"));
        var broken = rules with { Segments = [early, .. rules.Segments.Where(rule => rule.Segment != Segment.Newbie), new("newbie", Segment.Newbie, "x", Parse("age_days <= 13")), new("end", Segment.Regular, "x", [])] };

        Assert.Contains(new RuleProblem(RuleProblemKind.SegmentUnreachable, Other: "newbie"), broken.FindProblems());
    }

    private static RuleCondition[] Parse(params string[] when) => [.. when.Select(RuleCondition.Parse)];

    [Theory]
    [InlineData("spent_30d >= 2000", null)]
    [InlineData("recency_days <= 3", null)]
    [InlineData("spend_trend_percent <= -10", null)]
    [InlineData("", "is no condition")]
    [InlineData("spent_30d > 2000", "is no condition")]
    [InlineData("luck >= 1", "is no fact")]
    [InlineData("spent_30d >= many", "is no whole number")]
    public void TryParse_Condition_ReadsItOrSaysWhy(string text, string? error)
    {
        Assert.Equal(error is null, RuleCondition.TryParse(text, out var condition, out var problem));
        if (error is null)
        {
            Assert.Equal(text, condition!.ToString());
        }
        else
        {
            Assert.Contains(error, problem, StringComparison.Ordinal);
        }
    }
}
