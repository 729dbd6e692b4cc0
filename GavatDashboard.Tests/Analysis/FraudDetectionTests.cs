using GavatDashboard.Domain.Analysis;

namespace GavatDashboard.Tests.Analysis;

public sealed class FraudDetectionTests
{
    [Fact]
    public void Rules_OnACommunityWithPlantedFraud_FindMostOfItAndAccuseFew()
    {
        var figures = FraudFigures.Measure(seed: 20260529);

        Assert.InRange(figures.Precision, 0.85, 1);
        Assert.InRange(figures.Recall, 0.85, 1);
        Assert.All(figures.ByKind, kind => Assert.InRange(kind.Found, SyntheticCommunity.EachFraud / 2, SyntheticCommunity.EachFraud));
    }
}

/// <summary>How well the rules tell fraud from its like. Somebody is accused whose risk is at least medium.</summary>
internal sealed record FraudFigures(int TruePositives, int FalsePositives, int FalseNegatives, IReadOnlyList<(string Kind, int Found)> ByKind)
{
    public double Precision => TruePositives / (double)(TruePositives + FalsePositives);

    public double Recall => TruePositives / (double)(TruePositives + FalseNegatives);

    public static FraudFigures Measure(int seed)
    {
        var analyzer = new UserAnalyzer(RuleSet.Default, Fits.Cdnow);
        var judged = SyntheticCommunity.Make(seed)
            .Select(user => (user.Fraud, IsAccused: analyzer.Analyze(user.History, HistoryBuilder.Now).RiskLevel >= RiskLevel.Medium)).ToList();
        return new(
            judged.Count(user => user is { Fraud: not null, IsAccused: true }),
            judged.Count(user => user is { Fraud: null, IsAccused: true }),
            judged.Count(user => user is { Fraud: not null, IsAccused: false }),
            [.. judged.Where(user => user.Fraud is not null).GroupBy(user => user.Fraud!, StringComparer.Ordinal).Select(kind => (kind.Key, kind.Count(user => user.IsAccused)))]);
    }
}
