using GavatDashboard.Tests.App;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GavatDashboard.Tests.Journeys;

/// <summary>From the overview into a component, and the leaderboard while the ledger moves.</summary>
[Collection(BrowserGroup.Name)]
public sealed class PageJourneyTests(BrowserFixture app)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tile_Clicked_OpensTheComponentWithALiveChart(bool isPhone)
    {
        await using var tab = await app.OpenSignedInAsync(isPhone);
        await tab.GoToAsync("/");

        // An incident names its component with a link too.
        var tiles = tab.Page.GetByRole(AriaRole.Region, new PageGetByRoleOptions { Name = "Components" });
        await tiles.GetByRole(AriaRole.Link, new LocatorGetByRoleOptions { Name = "SQLite", Exact = true }).ClickAsync();

        await Expect(tab.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/components/sqlite$"));
        await Expect(tab.Page.Locator(".chart svg").First).ToBeVisibleAsync();
        var checkedAt = tab.Page.Locator(".card-head time");
        var first = await checkedAt.GetAttributeAsync("datetime");
        var height = await ReadChartHeightAsync(tab);
        await Expect(checkedAt).Not.ToHaveAttributeAsync("datetime", first ?? "");

        // An update must leave the axis its unit and the page its place.
        await Expect(tab.Page.Locator(".apexcharts-yaxis-label").First).ToContainTextAsync("ms");
        Assert.Equal(height, await ReadChartHeightAsync(tab));
        Assert.Equal(0, await tab.ReadOverflowAsync());
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Component_AnotherRange_DrawsItAndLeavingGivesTheChartUp()
    {
        await using var tab = await app.OpenSignedInAsync();
        await tab.GoToAsync("/components/redis");
        await Expect(tab.Page.Locator(".chart svg").First).ToBeVisibleAsync();

        await tab.Page.Locator("nav.tabs a").Nth(1).ClickAsync();
        await Expect(tab.Page.Locator("nav.tabs a").Nth(1)).ToHaveAttributeAsync("aria-current", "true");
        await Expect(tab.Page.Locator(".chart svg").First).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Leaderboard" }).ClickAsync();

        await Expect(tab.Page.Locator(".chart")).ToHaveCountAsync(0);
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Component_ThatDoesNotExist_SaysSo()
    {
        await using var tab = await app.OpenSignedInAsync();

        await tab.GoToAsync("/components/teapot");

        await Expect(tab.Page.GetByText("There is no such component")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Leaderboard_WhenSomebodyEarns_ShowsItWithoutAReload()
    {
        await using var tab = await app.OpenSignedInAsync();
        await tab.GoToAsync("/leaderboard");
        using var client = app.CreateClient();

        var user = await new ApiCaller(client).CreateRichUserAsync(7_654_321);

        await Expect(tab.Page.Locator("tbody tr", new PageLocatorOptions { HasText = user })).ToContainTextAsync("7,654,321");
        Assert.Empty(tab.Complaints);
    }

    private static Task<double> ReadChartHeightAsync(BrowserTab tab) =>
        tab.Page.EvaluateAsync<double>("() => document.querySelector('.chart').closest('section').getBoundingClientRect().height");
}
