using CsCheck;
using GavatDashboard.Domain.Health;

namespace GavatDashboard.Tests.Domain.Health;

public sealed class LatencyStatsTests
{
    [Fact]
    public void From_NoSamples_HasNoFigures()
    {
        var stats = LatencyStats.From([], 0);

        Assert.Equal(LatencyStats.None, stats);
        Assert.Null(stats.MeanMs);
        Assert.Null(stats.P99Ms);
    }

    [Fact]
    public void From_OnlyFailures_CountsThemWithoutALatency()
    {
        var stats = LatencyStats.From([], 3);

        Assert.Equal(3, stats.Failures);
        Assert.Equal(0, stats.Count);
        Assert.Null(stats.P50Ms);
    }

    [Theory]
    [InlineData(50, 10)]
    [InlineData(95, 19)]
    [InlineData(99, 20)]
    [InlineData(100, 20)]
    [InlineData(1, 1)]
    [InlineData(5, 1)]
    [InlineData(6, 2)]
    public void NearestRank_OneToTwenty_IsTheValueAtTheRank(int percent, double expected) =>
        Assert.Equal(expected, LatencyStats.NearestRank([.. Enumerable.Range(1, 20).Select(value => (double)value)], percent));

    [Fact]
    public void NearestRank_AnyValues_IsTheSmallestThatEnoughValuesDoNotPass() =>
        Gen.Select(Gen.Double[0, 1_000].Array[1, 300], Gen.Int[1, 100]).Sample((values, percent) =>
        {
            var sorted = values.Order().ToArray();

            var ranked = LatencyStats.NearestRank(sorted, percent);

            // By the definition: the smallest value v with 100 * |{x <= v}| >= percent * n.
            var expected = sorted.First(candidate => 100L * sorted.Count(value => value <= candidate) >= (long)percent * sorted.Length);
            Assert.Equal(expected, ranked);
        });

    [Fact]
    public void From_AnyValues_OrdersItsFigures() =>
        Gen.Double[0, 10_000].Array[1, 400].Sample(values =>
        {
            var stats = LatencyStats.From((double[])values.Clone(), 0);

            Assert.Equal(values.Length, stats.Count);
            Assert.Equal(values.Min(), stats.MinMs);
            Assert.Equal(values.Max(), stats.MaxMs);
            Assert.InRange(stats.MeanMs!.Value, stats.MinMs!.Value, stats.MaxMs!.Value);
            Assert.True(stats.MinMs <= stats.P50Ms && stats.P50Ms <= stats.P95Ms && stats.P95Ms <= stats.P99Ms && stats.P99Ms <= stats.MaxMs);
        });
}
