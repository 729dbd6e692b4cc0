using Bunit;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Overview;
using GavatDashboard.Stores;

namespace GavatDashboard.Tests.Ui.Overview;

public sealed class HealthHeadlineTests : ComponentTest
{
    [Fact]
    public void Headline_AllHealthy_ReadsSevenOfSeven()
    {
        var headline = Render(HealthSamples.Snapshot());

        Assert.Equal("7/7", headline.Find(".headline-count").TextContent);
        Assert.Equal("100 %", headline.Find(".headline-percent").TextContent);
        Assert.Equal(7, headline.FindAll(".segment-healthy").Count);
    }

    [Fact]
    public void Headline_WithAnOutage_NamesIt()
    {
        var headline = Render(HealthSamples.Snapshot((ComponentIds.Redis, ComponentStatus.Unhealthy), (ComponentIds.Analyzer, ComponentStatus.Unknown)));

        Assert.Equal("5/7", headline.Find(".headline-count").TextContent);
        Assert.Contains("Redis", headline.Find(".headline-sentence").TextContent, StringComparison.Ordinal);
        Assert.Contains("Analyzer", headline.Find(".headline-sentence").TextContent, StringComparison.Ordinal);
        Assert.Single(headline.FindAll(".segment-unhealthy"));
    }

    private IRenderedComponent<HealthHeadline> Render(HealthSnapshot snapshot) => Context.Render<HealthHeadline>(parameters => parameters
        .Add(headline => headline.Snapshot, snapshot)
        .Add(headline => headline.Mode, StoreMode.Embedded));
}
