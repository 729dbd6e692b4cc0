using GavatDashboard.Domain.Analysis;

namespace GavatDashboard.Tests.Analysis;

public sealed class OutlookTests
{
    [Theory]
    [InlineData(200, 91, 20, Segment.Ghost, "ghost-lost")]
    [InlineData(200, 91, 2, Segment.Cold, "cold-away")]
    [InlineData(200, 89, 20, Segment.Cold, "cold-away")]
    public void Analyze_FormerCustomer_IsAGhostWhenTheModelGivesUp(double first, double last, int days, Segment segment, string rule)
    {
        var profile = Customer(first, last, days).Analyze(population: Fits.Cdnow);

        Assert.Equal((segment, rule), (profile.Segment, profile.DecidedBy.Rule));
    }

    [Theory]
    [InlineData(400, 31, 4, "regular-own-rhythm")]
    [InlineData(400, 31, 2, "cold-away")]
    [InlineData(60, 31, 5, "cold-away")]
    public void Analyze_RareCustomer_IsNotColdWhileThatIsTheUsualRhythm(double first, double last, int days, string rule) =>
        Assert.Equal(rule, Customer(first, last, days).Analyze(population: Fits.Cdnow).DecidedBy.Rule);

    [Theory]
    [InlineData(60, 15, 30, "cold-fading")]
    [InlineData(60, 13, 30, "regular")]
    [InlineData(60, 15, 3, "regular")]
    public void Analyze_FrequentCustomer_FadesSooner(double first, double last, int days, string rule) =>
        Assert.Equal(rule, Customer(first, last, days).Analyze(population: Fits.Cdnow).DecidedBy.Rule);

    [Theory]
    [InlineData(80, 16, "hot-expected")]
    [InlineData(80, 9, "regular")]
    public void Analyze_CustomerWhoWillBuyOften_IsHot(double first, int days, string rule) =>
        Assert.Equal(rule, Customer(first, 1, days).Analyze(population: Fits.Cdnow).DecidedBy.Rule);

    [Fact]
    public void Analyze_Customer_SaysWhatIsToBeExpected()
    {
        var profile = Customer(80, 1, 9, coins: 900).Analyze(population: Fits.Cdnow);

        var outlook = Assert.IsType<Outlook>(profile.Outlook);
        Assert.InRange(outlook.AlivePercent, 80, 99);
        Assert.InRange(outlook.ValueCoins!.Value, 60, 99);
        Assert.Equal((long)Math.Round(outlook.Purchases * outlook.ValueCoins.Value), outlook.Coins!.Value, 30d);
        Assert.Equal(Fits.Cdnow.Id, profile.FitId);
        Assert.Equal(new RfmScores(5, 1, 1), profile.Scores);
    }

    [Fact]
    public void Analyze_WhoNeverBought_HasNoOutlook() => Assert.Null(new HistoryBuilder().Act(1).Analyze(population: Fits.Cdnow).Outlook);

    [Fact]
    public void ExplainOthers_OfARegular_SaysWhatIsMissing()
    {
        var others = new UserAnalyzer(RuleSet.Default, Fits.Cdnow).ExplainOthers(new HistoryBuilder().Act(1).Spend(3, 1_200).Build(), HistoryBuilder.Now);

        Assert.Equal(7, others.Count);
        var whale = others.Single(miss => miss.Segment == Segment.Whale);
        Assert.Equal([new MissingCondition("spent_30d", 1_200, true, 2_000)], whale.Missing);
    }

    private static HistoryBuilder Customer(double firstDaysAgo, double lastDaysAgo, int days, long coins = 500) =>
        new HistoryBuilder().RegisteredDaysAgo(firstDaysAgo + 1).Bought(firstDaysAgo, lastDaysAgo, days, coins).Act(lastDaysAgo);
}
