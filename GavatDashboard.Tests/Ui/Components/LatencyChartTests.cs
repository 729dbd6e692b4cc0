using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Components;

namespace GavatDashboard.Tests.Ui.Components;

public sealed class LatencyChartTests
{
    private static readonly DateTimeOffset Now = HealthSamples.Now;

    [Fact]
    public void Chart_ShortRange_HasAPointAProbeAndBreaksAtFailures()
    {
        var history = new LatencyHistory();
        history.Add(new LatencyPoint(Now.AddSeconds(-90), 9, ComponentStatus.Healthy));
        history.Add(new LatencyPoint(Now.AddSeconds(-10), 1, ComponentStatus.Healthy));
        history.Add(new LatencyPoint(Now.AddSeconds(-5), null, ComponentStatus.Unhealthy));
        history.Add(new LatencyPoint(Now, 3, ComponentStatus.Healthy));

        var chart = LatencyChart.Of(history.Read(LatencyRange.Minutes15, Now), LatencyTarget.Of(ComponentIds.PostgreSql), "target", "");

        Assert.Equal(["p50", "p95", "p99"], chart.Series.Select(series => series.Name));
        Assert.Equal([9.0, 1.0, null, 1.0], chart.Series[0].Points.Select(point => point[1]));
        Assert.Equal(3.0, chart.Series[2].Points[^1][1]);
        Assert.Equal(5, Assert.Single(chart.Targets).Value);
    }

    [Fact]
    public void Chart_WithoutSamples_HasItsLinesAndItsRange()
    {
        var chart = LatencyChart.Of(new LatencyHistory().Read(LatencyRange.Day, Now), null, "", "nothing yet");

        Assert.All(chart.Series, series => Assert.Empty(series.Points));
        Assert.Equal(86_400_000, chart.To - chart.From);
        Assert.Equal("nothing yet", chart.NoData);
    }
}
