using GavatDashboard.Tests.App;
using static Microsoft.Playwright.Assertions;

namespace GavatDashboard.Tests.Journeys;

/// <summary>How the community is made up, from everybody down to one user.</summary>
[Collection(BrowserGroup.Name)]
public sealed class SegmentsJourneyTests(BrowserFixture app)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Segments_AfterEverybodyWasAnalysed_LeadToAMemberAndToTheFile(bool isPhone)
    {
        using var client = app.CreateClient();
        var user = await new ApiCaller(client).CreateRichUserAsync(70);
        await using var tab = await app.OpenSignedInAsync(isPhone);
        await tab.GoToAsync("/segments");

        await tab.Page.GetByText("Analyse everybody").ClickAsync();
        await Expect(tab.Page.Locator("[data-batch=Done] [data-age]")).ToBeVisibleAsync();
        await tab.Page.Locator("[data-segment=newbie] a").ClickAsync();

        await Expect(tab.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("segment=newbie"));
        await Expect(tab.Page.Locator("[data-members] tbody tr").First).ToBeVisibleAsync();
        var download = await tab.Page.RunAndWaitForDownloadAsync(() => tab.Page.GetByText("CSV").ClickAsync());
        Assert.Contains(user, await File.ReadAllTextAsync(await download.PathAsync()), StringComparison.Ordinal);
        Assert.Equal(0, await tab.ReadOverflowAsync());
        Assert.Empty(tab.Complaints);
    }
}
