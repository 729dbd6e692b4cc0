using Bunit;
using GavatDashboard.Domain.Health;
using GavatDashboard.Shared.Charts;

namespace GavatDashboard.Tests.Ui.Charts;

public sealed class SparklineTests : ComponentTest
{
    [Fact]
    public void Sparkline_WithoutSamples_DrawsNothingAndKeepsItsLabel()
    {
        var sparkline = Render([]);

        Assert.Equal("Latency", sparkline.Find("svg").GetAttribute("aria-label"));
        Assert.Empty(sparkline.FindAll("path"));
    }

    [Fact]
    public void Sparkline_WithAFailure_BreaksTheLineAndMarksIt()
    {
        var sparkline = Render([1.0, 2.0, null, 3.0, 2.0]);

        Assert.Equal(2, sparkline.FindAll(".sparkline-line").Count);
        Assert.Single(sparkline.FindAll(".sparkline-failure"));
    }

    [Theory]
    [InlineData(1.5, 1)]
    [InlineData(50, 0)]
    public void Sparkline_Target_ShowsOnlyWithinThePicture(double targetMs, int lines)
    {
        var sparkline = Render([1.0, 2.0], targetMs);

        Assert.Equal(lines, sparkline.FindAll(".sparkline-target").Count);
    }

    private IRenderedComponent<Sparkline> Render(double?[] latencies, double? targetMs = null) => Context.Render<Sparkline>(parameters => parameters
        .Add(sparkline => sparkline.Points, [.. latencies.Select((ms, i) => new LatencyPoint(Now.AddSeconds(5 * i), ms, ms is null ? ComponentStatus.Unhealthy : ComponentStatus.Healthy))])
        .Add(sparkline => sparkline.Label, "Latency")
        .Add(sparkline => sparkline.TargetMs, targetMs));
}
