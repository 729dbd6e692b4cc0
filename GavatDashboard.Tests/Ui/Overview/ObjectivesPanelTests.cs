using System.Globalization;
using Bunit;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Overview;

namespace GavatDashboard.Tests.Ui.Overview;

public sealed class ObjectivesPanelTests : ComponentTest
{
    private static readonly LedgerThroughput Idle = new(0.4, 12.5, HealthSamples.Now, null);

    [Fact]
    public void Panel_WithinTheTargets_SaysMetAndAdmitsWhatNobodyAskedFor()
    {
        var panel = Render(HealthSamples.Snapshot(), 98.5, Idle);

        // The sample of 1.25 ms is too slow for the cache alone.
        Assert.Equal(("Met", "NotMet", "Met", "Met", "Met", "NoData"), (Of(panel, "postgresql"), Of(panel, "redis"), Of(panel, "mongodb"), Of(panel, "sqlite"), Of(panel, "hit-rate"), Of(panel, "throughput")));
        Assert.Contains("1 of 6 not met", panel.Find("[data-objectives=not-met]").TextContent, StringComparison.Ordinal);
        Assert.Contains("12.5/s", panel.Find("[data-objective=throughput]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Panel_DuringAnOutage_NeverCallsItMet()
    {
        var panel = Render(HealthSamples.Snapshot((ComponentIds.PostgreSql, ComponentStatus.Unhealthy), (ComponentIds.MongoDb, ComponentStatus.Unknown)), null, Idle);

        Assert.Equal(("NotMet", "NoData", "NoData"), (Of(panel, "postgresql"), Of(panel, "mongodb"), Of(panel, "hit-rate")));
    }

    [Theory]
    [InlineData("en-GB", "SQLite cannot be used: no space (since 29 May 2026, 03:12 UTC)")]
    [InlineData("tr-TR", "SQLite kullanılamıyor: no space (29 May 2026, 03:12 UTC'den beri)")]
    public void Panel_DuringAnOutage_SaysWhyAndSinceWhen(string culture, string told)
    {
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(culture);
        var health = HealthSamples.Snapshot((ComponentIds.Sqlite, ComponentStatus.Unhealthy));
        var down = health.Find(ComponentIds.Sqlite)! with
        {
            Reason = "SQLite cannot be used: no space", StatusSince = new DateTimeOffset(2026, 5, 29, 3, 12, 8, TimeSpan.Zero),
        };

        var panel = Render(health with { Components = [.. health.Components.Select(component => component.Id == down.Id ? down : component)] }, 98, Idle);

        Assert.Equal(told, Assert.Single(panel.FindAll(".objective-outage")).TextContent);
    }

    [Theory]
    [InlineData(1_000, null, "Met")]
    [InlineData(999, null, "NoData")]
    [InlineData(999, 640.0, "NotMet")]
    [InlineData(1_400, 640.0, "Met")]
    public void Throughput_IsJudgedByWhatWasDoneAndWhoHadToQueue(double peak, double? shortAt, string verdict)
    {
        var panel = Render(HealthSamples.Snapshot(), 98, new LedgerThroughput(1, peak, HealthSamples.Now, shortAt));

        Assert.Equal(verdict, Of(panel, "throughput"));
    }

    [Theory]
    [InlineData(95.0, "NotMet")]
    [InlineData(95.1, "Met")]
    public void HitRate_MustBeAboveTheTarget(double percent, string verdict) =>
        Assert.Equal(verdict, Of(Render(HealthSamples.Snapshot(), percent, Idle), "hit-rate"));

    private IRenderedComponent<ObjectivesPanel> Render(HealthSnapshot health, double? hitRate, LedgerThroughput throughput) =>
        Context.Render<ObjectivesPanel>(parameters => parameters.Add(panel => panel.Objectives, ServiceObjective.ListOf(health, hitRate, throughput)));

    private static string? Of(IRenderedComponent<ObjectivesPanel> panel, string id) =>
        panel.Find($"[data-objective={id}] [data-verdict]").GetAttribute("data-verdict");
}
