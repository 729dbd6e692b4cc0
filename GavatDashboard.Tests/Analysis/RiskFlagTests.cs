using GavatDashboard.Domain.Analysis;

namespace GavatDashboard.Tests.Analysis;

public sealed class RiskFlagTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(4, true)]
    public void Analyze_ReferralCycle_IsFlaggedFromThree(int others, bool isFlagged)
    {
        var profile = new HistoryBuilder().Act(1).InCycle([.. Enumerable.Range(1, others).Select(i => $"peer{i}")]).Analyze();

        Assert.Equal(isFlagged, profile.RedFlags.Any(flag => flag is { Rule: "referral-cycle", Severity: RiskLevel.High } && flag.Findings[0].Users.Count == others));
    }

    [Theory]
    [InlineData(8, 2, true)]
    [InlineData(7, 2, false)]
    [InlineData(8, 4, false)]
    public void Analyze_ReferralStar_IsFlaggedByHollowAccounts(int hollow, int lively, bool isFlagged)
    {
        var profile = new HistoryBuilder().Act(1)
            .Times(hollow, (user, i) => user.Referred(20, $"hollow{i}", spent: 0, seenDaysLater: i % 2 == 0 ? null : 0.5))
            .Times(lively, (user, i) => user.Referred(20, $"lively{i}", spent: i % 2 == 0 ? 5 : 0)).Analyze();

        Assert.Equal(isFlagged, profile.RedFlags.Any(flag => flag.Rule == "referral-star"));
    }

    [Fact]
    public void Analyze_ReferralsOfYesterday_AreNotHollowYet() =>
        Assert.Empty(new HistoryBuilder().Act(1).Times(20, (user, i) => user.Referred(1, $"new{i}", spent: 0, seenDaysLater: null)).Analyze().RedFlags);

    [Theory]
    [InlineData(3, true)]
    [InlineData(2, false)]
    public void Analyze_DoubleReferrals_AreFlaggedFromThree(int twice, bool isFlagged) =>
        Assert.Equal(isFlagged, new HistoryBuilder().Act(1).Times(twice, (user, i) => user.Referred(5, $"both{i}", otherReferrers: 1)).Referred(5, "mine").Analyze()
            .RedFlags.Any(flag => flag.Rule == "double-referrals"));

    [Theory]
    [InlineData(1, RiskLevel.Low)]
    [InlineData(2, RiskLevel.Medium)]
    [InlineData(6, RiskLevel.High)]
    public void Analyze_SharedDevice_RaisesTheRisk(int others, RiskLevel expected) =>
        Assert.Equal(expected, new HistoryBuilder().Act(1).SharesDevice([.. Enumerable.Range(1, others).Select(i => $"twin{i}")]).Analyze().RiskLevel);

    [Fact]
    public void Analyze_Flag_NamesItsEntriesAndTimes()
    {
        var finding = new HistoryBuilder().Times(30, (user, i) => user.Earn(5 - (i * 0.001))).Spend(1, 5).Analyze().RedFlags.Single().Findings[0];

        Assert.Equal(("busiest_hour_earns_30d", 30, 25), (finding.Fact, finding.Number, finding.Threshold));
        Assert.Equal(20, finding.EntryIds.Count);
        Assert.Equal((HistoryBuilder.Now.AddDays(-5), HistoryBuilder.Now.AddDays(-4.971)), (finding.From, finding.To));
    }

    [Fact]
    public void Analyze_DismissedFlag_CountsNothingUntilItsEvidenceChanges()
    {
        var user = new HistoryBuilder().Act(1).Times(3, (one, i) => one.Post(HistoryBuilder.Now.AddDays(-2 - i), "reversal", 10)).Spend(1, 5);
        var flag = user.Analyze().RedFlags.Single();

        var dismissed = user.Dismissed(flag).Analyze();
        Assert.Equal((RiskLevel.Low, "known"), (dismissed.RiskLevel, dismissed.RedFlags.Single().Dismissal?.Reason));

        // Another reversal is new evidence.
        var again = user.Post(HistoryBuilder.Now.AddHours(-1), "reversal", 10).Analyze();
        Assert.Equal((RiskLevel.Medium, (FlagDismissal?)null), (again.RiskLevel, again.RedFlags.Single().Dismissal));
    }

    [Fact]
    public void EvidenceHash_AsTheWindowMovesOn_StaysTheSame()
    {
        var history = new HistoryBuilder().Act(1).Times(4, (one, i) => one.Post(HistoryBuilder.Now.AddDays(i == 0 ? -89.5 : -2 - i), "reversal", 10)).Spend(1, 5).Build();
        var analyzer = new UserAnalyzer(RuleSet.Default);

        var (today, tomorrow) = (analyzer.Analyze(history, HistoryBuilder.Now).RedFlags.Single(), analyzer.Analyze(history, HistoryBuilder.Now.AddDays(1)).RedFlags.Single());

        Assert.Equal((4, 3), (today.Findings[0].Number, tomorrow.Findings[0].Number));
        Assert.Equal(today.EvidenceHash, tomorrow.EvidenceHash);
    }

    [Fact]
    public void Analyze_ReversedSpending_IsNoSpending()
    {
        var user = new HistoryBuilder().Post(HistoryBuilder.Now.AddDays(-1), "spend_content", -3_000).Reverse(0);

        Assert.Equal((0, Segment.Regular), (user.Analyze().Rfm.Monetary, user.Analyze().Segment));
    }
}
