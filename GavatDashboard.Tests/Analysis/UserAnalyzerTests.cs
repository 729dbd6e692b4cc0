using System.Text.Json;
using CsCheck;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Tests.Analysis;

public sealed class UserAnalyzerTests
{
    [Theory]
    [InlineData(2_000, Segment.Whale)]
    [InlineData(1_999, Segment.Regular)]
    public void Analyze_SpendingOfAMonth_DecidesWhale(long coins, Segment expected) =>
        Assert.Equal(expected, new HistoryBuilder().Spend(1, coins).Analyze().Segment);

    [Theory]
    [InlineData(20_000, "whale-lifetime")]
    [InlineData(19_999, "regular")]
    public void Analyze_SpendingInAll_DecidesWhaleWhileTheUserIsHere(long coins, string rule) =>
        Assert.Equal(rule, new HistoryBuilder().SpentInAll(coins).Act(29).Analyze().DecidedBy.Rule);

    [Fact]
    public void Analyze_TypeVip_DecidesVip() => Assert.Equal("vip-type", new HistoryBuilder().OfType(UserType.Vip).Act(1).Analyze().DecidedBy.Rule);

    [Theory]
    [InlineData(4, 125, Segment.Vip)]
    [InlineData(3, 200, Segment.Regular)]
    [InlineData(4, 124, Segment.Regular)]
    public void Analyze_SpenderOnSeveralDays_DecidesVip(int days, long coinsADay, Segment expected) =>
        Assert.Equal(expected, new HistoryBuilder().Times(days, (user, day) => user.Spend(20 + day, coinsADay)).Spend(40, 500).Analyze().Segment);

    [Theory]
    [InlineData(7, Segment.Hot)]
    [InlineData(6, Segment.Regular)]
    public void Analyze_DaysInTwoWeeks_DecideHot(int days, Segment expected) =>
        Assert.Equal(expected, new HistoryBuilder().Times(days, (user, day) => user.Act(day)).Analyze().Segment);

    [Theory]
    [InlineData(200, 300, Segment.Hot)]
    [InlineData(200, 299, Segment.Regular)]
    [InlineData(100, 199, Segment.Regular)]
    public void Analyze_RisingSpending_DecidesHot(long before, long recent, Segment expected) =>
        Assert.Equal(expected, new HistoryBuilder().Spend(45, before).Spend(5, recent).Analyze().Segment);

    [Theory]
    [InlineData(13.9, Segment.Newbie)]
    [InlineData(14, Segment.Regular)]
    public void Analyze_Registration_DecidesNewbie(double daysAgo, Segment expected) =>
        Assert.Equal(expected, new HistoryBuilder().RegisteredDaysAgo(daysAgo).Act(1).Analyze().Segment);

    [Theory]
    [InlineData(29.9, Segment.Regular)]
    [InlineData(30, Segment.Cold)]
    [InlineData(119, Segment.Cold)]
    public void Analyze_Silence_DecidesCold(double daysAgo, Segment expected) =>
        Assert.Equal(expected, new HistoryBuilder().RegisteredDaysAgo(400).Act(daysAgo).Analyze().Segment);

    [Theory]
    [InlineData(179, Segment.Cold)]
    [InlineData(180, Segment.Ghost)]
    [InlineData(10_000, Segment.Ghost)]
    public void Analyze_LongSilence_DecidesGhost(double daysAgo, Segment expected) =>
        Assert.Equal(expected, new HistoryBuilder().RegisteredDaysAgo(10_001).LastSeenBeforeWindow(daysAgo).Analyze().Segment);

    [Theory]
    [InlineData(13.9, "newbie-registered")]
    [InlineData(14, "ghost-never-seen")]
    public void Analyze_NeverSeen_DecidesGhostAfterTwoWeeks(double registeredDaysAgo, string rule) =>
        Assert.Equal(rule, new HistoryBuilder().RegisteredDaysAgo(registeredDaysAgo).Analyze().DecidedBy.Rule);

    [Fact]
    public void Analyze_CollectorWithTwoSignsOfAbuse_DecidesFake()
    {
        var profile = Collector(25).Analyze();

        Assert.Equal((Segment.Fake, RiskLevel.High, 60), (profile.Segment, profile.RiskLevel, profile.RiskPoints));
        Assert.Equal(["velocity", "earn-only"], profile.RedFlags.Select(flag => flag.Rule));
        Assert.Contains("earned without ever spending: 250 coins (rule: at least 100 coins)", profile.DecidedBy.Evidence);
        Assert.Contains(profile.DecidedBy.Evidence, line => line.Contains("velocity, earn-only", StringComparison.Ordinal));
    }

    [Fact]
    public void Analyze_CollectorWithOneSign_IsNoFake() => Assert.NotEqual(Segment.Fake, Collector(24).Analyze().Segment);

    [Fact]
    public void Analyze_CollectorWhoSpentOneCoin_IsNoFake() => Assert.NotEqual(Segment.Fake, Collector(25).Spend(1, 1).Analyze().Segment);

    [Fact]
    public void Analyze_EverySegment_IsReachable()
    {
        var reached = new[]
        {
            new HistoryBuilder().Spend(1, 5_000), new HistoryBuilder().OfType(UserType.Vip).Act(1), new HistoryBuilder().Times(7, (user, day) => user.Act(day)),
            new HistoryBuilder().Act(1), new HistoryBuilder().RegisteredDaysAgo(1), new HistoryBuilder().Act(40), new HistoryBuilder(), Collector(25),
        }.Select(user => user.Analyze().Segment);

        Assert.Equal(AnalysisCodes.Segments.Order(), reached.Order());
    }

    [Theory]
    [InlineData(9, RiskLevel.Low)]
    [InlineData(10, RiskLevel.Medium)]
    [InlineData(50, RiskLevel.High)]
    public void Analyze_LimitHammering_RaisesTheRisk(int refusals, RiskLevel expected)
    {
        var profile = new HistoryBuilder().Act(1).Refused(1, refusals).Refused(8, 100).Refused(1, 100, Refusal.InsufficientFunds).Analyze();

        Assert.Equal(expected, profile.RiskLevel);
        Assert.Equal(expected != RiskLevel.Low, profile.RedFlags.Any(flag => flag.Evidence[0].Contains("at 2026-05-28 12:00 UTC", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(1, RiskLevel.High)]
    [InlineData(3, RiskLevel.Critical)]
    public void Analyze_ReferralRing_RaisesTheRisk(int size, RiskLevel expected)
    {
        var ring = Enumerable.Range(1, size).Select(i => $"peer{i}").ToArray();
        var user = new HistoryBuilder().Earn(3, 20, "earn_referral", "stranger").Spend(1, 5).ReferredBy(ring);
        foreach (var peer in ring)
        {
            user.Earn(2, 20, "earn_referral", peer);
        }

        var profile = user.Analyze();
        Assert.Equal(expected, profile.RiskLevel);
        Assert.Contains("peer1", profile.RedFlags[0].Evidence[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Analyze_ReferralsOneWay_AreNoRing() =>
        Assert.Equal(RiskLevel.Low, new HistoryBuilder().Earn(3, 20, "earn_referral", "a").Spend(1, 5).ReferredBy("b").Analyze().RiskLevel);

    [Theory]
    [InlineData(60, 30, RiskLevel.Medium)]
    [InlineData(60, 29, RiskLevel.Low)]
    [InlineData(59, 30, RiskLevel.Low)]
    public void Analyze_BurstAfterDormancy_RaisesTheRisk(int silentDays, int entries, RiskLevel expected)
    {
        var user = new HistoryBuilder().RegisteredDaysAgo(400).LastSeenBeforeWindow(10 + silentDays).Times(entries, (one, i) => one.Spend(10 - (i * 0.001), 1, "spend_admin"));
        var history = user.Build();
        history = history with { Entries = [.. history.Entries.Where(entry => entry.Coins < 0)] };

        Assert.Equal(expected, new UserAnalyzer(RuleSet.Default).Analyze(history, HistoryBuilder.Now).RiskLevel);
    }

    [Theory]
    [InlineData(2, RiskLevel.Low)]
    [InlineData(3, RiskLevel.Medium)]
    [InlineData(10, RiskLevel.High)]
    public void Analyze_Reversals_RaiseTheRisk(int reversals, RiskLevel expected) =>
        Assert.Equal(expected, new HistoryBuilder().Times(reversals, (user, i) => user.Post(HistoryBuilder.Now.AddDays(-1 - i), "reversal", 10)).Spend(1, 5).Analyze().RiskLevel);

    [Fact]
    public void Analyze_HistoryThatIsDatedOnly_KnowsNoVelocityAndSaysSo()
    {
        var midnight = new DateTimeOffset(2026, 5, 20, 0, 0, 0, TimeSpan.Zero);
        var profile = new HistoryBuilder().Times(80, (user, _) => user.Post(midnight, "earn_task", 5, recordedAt: HistoryBuilder.Now)).Spend(1, 5).Analyze();

        Assert.DoesNotContain(profile.RedFlags, flag => flag.Rule.StartsWith("velocity", StringComparison.Ordinal));
        Assert.Contains(profile.Notes, note => note.Words.StartsWith("80 entries have a date and no time of day", StringComparison.Ordinal));
    }

    [Fact]
    public void Analyze_SpendingAlone_NeverRaisesTheRisk() =>
        Gen.Select(Gen.Double[0, 90], Gen.Long[1, CoinAmount.MaxOperation.Value / 1_000]).Array[1, 60].Sample(spends =>
        {
            var user = new HistoryBuilder();
            foreach (var (daysAgo, coins) in spends)
            {
                user.Spend(daysAgo, coins);
            }

            var profile = user.Bought(90, 0, spends.Length, spends.Sum(spend => spend.Item2)).Analyze(population: Fits.Cdnow);
            Assert.Equal((RiskLevel.Low, 0), (profile.RiskLevel, profile.RiskPoints));
        }, iter: 200);

    [Fact]
    public void Analyze_SameHistoryInAnyOrder_GivesTheSameProfile() =>
        Gen.Int[0, 1_000_000].Sample(seed =>
        {
            var history = Collector(30).Spend(3, 40).Spend(40, 10, "spend_message").Act(2).Build();
            var random = new Random(seed);
            var shuffled = history with { Entries = [.. history.Entries.OrderBy(_ => random.Next())] };
            var analyzer = new UserAnalyzer(RuleSet.Default);

            Assert.Equal(
                JsonSerializer.Serialize(analyzer.Analyze(history, HistoryBuilder.Now)), JsonSerializer.Serialize(analyzer.Analyze(shuffled, HistoryBuilder.Now)));
        }, iter: 20);

    [Fact]
    public void Analyze_Spending_ShowsItsPattern()
    {
        // The 25th of May 2026 is a Monday, the 24th a Sunday.
        var profile = new HistoryBuilder()
            .Post(new(2026, 5, 25, 9, 30, 0, TimeSpan.Zero), "spend_message", -5).Post(new(2026, 5, 25, 9, 45, 0, TimeSpan.Zero), "spend_message", -5)
            .Post(new(2026, 5, 24, 23, 0, 0, TimeSpan.Zero), "spend_content", -10).Post(new(2026, 4, 20, 23, 0, 0, TimeSpan.Zero), "spend_content", -10)
            .Post(new(2026, 5, 24, 22, 0, 0, TimeSpan.Zero), "spend_admin", -1_000)
            .Analyze();

        Assert.Equal([20, 0, 0, 0, 0, 0, 10], profile.Spending.ByWeekday);
        Assert.Equal((10, 20), (profile.Spending.ByHour[9], profile.Spending.ByHour[23]));
        Assert.Equal([new("spend_content", 2, 20), new("spend_message", 2, 10)], profile.Spending.ByType);
        Assert.Equal(7.5m, profile.Spending.MeanCoins);
        Assert.Equal(new SpendingTrend(TrendDirection.Rising, 100, 20, 10), profile.Spending.Trend);
        Assert.Equal((3, 30), (profile.Rfm.Frequency, profile.Rfm.Monetary));
    }

    [Fact]
    public void Analyze_ScoreAndEngagement_StayWithinTheirBounds()
    {
        var nothing = new HistoryBuilder().Analyze();
        var all = new HistoryBuilder().RegisteredDaysAgo(400)
            .Times(30, (user, day) => user.Spend(day, 500).Spend(day, 5, "spend_message").Earn(day).Earn(day, 1, "earn_message").Act(day).Act(day)).Analyze();

        Assert.Equal((0, 0), (nothing.Score, nothing.Engagement));
        Assert.Equal((100, 100), (all.Score, all.Engagement));
        Assert.Equal(["steady", "spends", "long-standing", "many-interests"], all.GreenFlags.Select(flag => flag.Rule));
    }

    [Fact]
    public void Analyze_FutureEntries_AreLeftOut() =>
        Assert.Equal((Segment.Regular, 0), (new HistoryBuilder().Act(1).Spend(-5, 9_000).Analyze().Segment, new HistoryBuilder().Act(1).Spend(-5, 9_000).Analyze().Rfm.Monetary));

    private static HistoryBuilder Collector(int earnsInAnHour) =>
        new HistoryBuilder().RegisteredDaysAgo(60).Times(earnsInAnHour, (user, i) => user.Earn(5 - (i * 0.001))).Times(50 - earnsInAnHour, (user, i) => user.Earn(6 + i));
}
