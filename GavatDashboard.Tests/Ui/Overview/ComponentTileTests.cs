using System.Globalization;
using Bunit;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Overview;

namespace GavatDashboard.Tests.Ui.Overview;

public sealed class ComponentTileTests : ComponentTest
{
    [Fact]
    public void Tile_Healthy_ShowsLatencyTargetReasonAndLink()
    {
        var tile = Render(HealthSamples.Component(ComponentIds.Redis, ComponentStatus.Healthy, 0.4));

        Assert.Equal("/components/redis", tile.Find("h2 a").GetAttribute("href"));
        Assert.Contains("0.40", tile.Find(".tile-first").TextContent, StringComparison.Ordinal);
        Assert.Contains("on target", tile.Find(".tile-on").TextContent, StringComparison.Ordinal);
        Assert.Equal("It is Healthy.", tile.Find(".tile-reason").TextContent);
        Assert.Single(tile.FindAll(".status-healthy"));
    }

    [Fact]
    public void Tile_AboveItsTarget_SaysSo()
    {
        var tile = Render(HealthSamples.Component(ComponentIds.Redis, ComponentStatus.Healthy, 1.2));

        Assert.Contains("above target", tile.Find(".tile-off").TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ComponentStatus.Unhealthy)]
    [InlineData(ComponentStatus.Unknown)]
    public void Tile_WithoutAnAnswer_ShowsNoLatencyAndIsNotPaintedHealthy(ComponentStatus status)
    {
        var tile = Render(HealthSamples.Component(ComponentIds.PostgreSql, status, 2_000));

        Assert.Equal("–", tile.Find(".tile-first").TextContent);
        Assert.Empty(tile.FindAll(".status-healthy"));
        Assert.Single(tile.FindAll($".status-{status.ToContract()}"));
    }

    [Fact]
    public void Tile_NeverChecked_SaysSo()
    {
        var tile = Render(HealthSamples.Component(ComponentIds.Analyzer, ComponentStatus.Unknown, null) with { CheckedAt = null });

        Assert.Contains("not checked yet", tile.Find(".tile-checked").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Tile_InTurkish_TranslatesWhatIsSaidEveryDayAndKeepsTheWordsOfAFailure()
    {
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("tr-TR");

        var well = Render(HealthSamples.Component(ComponentIds.CoinService, ComponentStatus.Healthy, 3) with { Reason = "A coin was earned and spent on SQLite; the canary account is back at zero." });
        var ill = Render(HealthSamples.Component(ComponentIds.CoinService, ComponentStatus.Unhealthy, null));

        Assert.Equal("Jeton hizmeti", well.Find("h2").TextContent);
        Assert.StartsWith("SQLite üzerinde bir jeton kazanıldı", well.Find(".tile-reason").TextContent, StringComparison.Ordinal);
        Assert.Equal("It is Unhealthy.", ill.Find(".tile-reason").TextContent);
    }

    private IRenderedComponent<ComponentTile> Render(ComponentHealth component) =>
        Context.Render<ComponentTile>(parameters => parameters.Add(tile => tile.Component, component));
}
