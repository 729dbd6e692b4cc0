using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GavatDashboard.Tests.Journeys;

/// <summary>From something that goes wrong to a post-mortem.</summary>
public sealed class IncidentJourneyTests(BrowserFixture app) : IClassFixture<BrowserFixture>
{
    [Fact]
    public async Task Incident_AppearsIsTakenUpNotedAndWrittenDown()
    {
        var subject = IncidentSubjects.OfReconciliation("ledger-journey");
        await using var tab = await app.OpenSignedInAsync();
        await tab.GoToAsync("/incidents?state=open");
        app.Services.GetRequiredService<IIncidentDesk>().Report(subject, ComponentStatus.Unhealthy, "two sums differ");
        await tab.Page.Locator("[data-incident=Open] a", new() { HasText = "ledger-journey" }).ClickAsync();

        await tab.Page.Locator("[data-acknowledged] button").ClickAsync();
        await Expect(tab.Page.Locator("[data-acknowledged]")).ToContainTextAsync("admin");
        await tab.Page.GetByLabel("New note").FillAsync("counting again");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Add the note" }).ClickAsync();
        await Expect(tab.Page.Locator("[data-notes]")).ToContainTextAsync("counting again");
        app.Services.GetRequiredService<IIncidentDesk>().Report(subject, ComponentStatus.Healthy, "everything agrees");
        await Expect(tab.Page.Locator("[data-state=Closed]")).ToBeVisibleAsync();

        var download = await tab.Page.RunAndWaitForDownloadAsync(() => tab.Page.GetByText("Markdown").ClickAsync());
        Assert.Contains("counting again", await File.ReadAllTextAsync(await download.PathAsync()), StringComparison.Ordinal);
        Assert.Equal(0, await tab.ReadOverflowAsync());
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Component_OverAWeek_ShowsItsUptime()
    {
        await using var tab = await app.OpenSignedInAsync(isPhone: true);
        await tab.GoToAsync($"/components/{ComponentIds.Sqlite}?range=week");

        await Expect(tab.Page.Locator("[data-uptimes] .figure")).ToHaveCountAsync(4);
        await Expect(tab.Page.Locator("[data-uptimes] .figure-value").First).ToContainTextAsync("%");
        Assert.Equal(0, await tab.ReadOverflowAsync());
        Assert.Empty(tab.Complaints);
    }
}
