using System.Net;
using System.Text.RegularExpressions;
using GavatDashboard.Features.Security;
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

        await Expect(tab.Page).ToHaveURLAsync(new Regex("segment=newbie"));
        await Expect(tab.Page.Locator("[data-members] tbody tr").First).ToBeVisibleAsync();
        var download = await tab.Page.RunAndWaitForDownloadAsync(() => tab.Page.GetByText("CSV").ClickAsync());
        Assert.Contains(user, await File.ReadAllTextAsync(await download.PathAsync()), StringComparison.Ordinal);
        Assert.Equal(0, await tab.ReadOverflowAsync());
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Support_DismissesAFlagOfAHighRiskUser_AndItStaysSoUntilItsEvidenceChanges()
    {
        using var client = app.CreateClient();
        var api = new ApiCaller(client);
        string[] users = [await api.CreateUserAsync(), await api.CreateUserAsync(), await api.CreateUserAsync()];
        await ReferEachOtherAsync(api, users[0], users[1]);
        Assert.Equal("high", (await api.GetAsync($"/users/{users[0]}/profile?refresh=true")).TextOf("riskLevel"));
        await app.AddUserAsync("analyst", ConsoleRoles.Support, "tests-Analyst5-horse!");
        await using var tab = await app.OpenSignedInAsync(userName: "analyst", password: "tests-Analyst5-horse!");

        // From the list to the user, and to what was found.
        await tab.GoToAsync("/segments");
        var row = tab.Page.Locator($"[data-high-risk] [data-user={users[0]}]");
        await Expect(row).ToContainTextAsync($"name {users[0]}");
        await row.Locator("a.user-link").ClickAsync();
        await Expect(tab.Page).ToHaveURLAsync(new Regex($"/users/{users[0]}$"));
        var flag = tab.Page.Locator("[data-flag=referral-ring]");
        await Expect(flag).ToContainTextAsync(users[1]);
        await flag.GetByText("Show entries").ClickAsync();
        await Expect(flag.Locator("[data-evidence] [data-entry]")).ToHaveCountAsync(1);

        // A dismissal needs a reason, and counts at once.
        await flag.GetByText("Dismiss").ClickAsync();
        await flag.Locator("input[name=dismissReason]").FillAsync("a couple, seen in person");
        await flag.Locator("form button[type=submit]").ClickAsync();
        await Expect(flag.Locator("[data-dismissal]")).ToContainTextAsync("a couple, seen in person");
        await Expect(tab.Page.Locator("[data-figure=risk]")).ToHaveTextAsync("Low");

        await tab.GoToAsync($"/users/{users[0]}");
        await Expect(flag.Locator("[data-dismissal]")).ToContainTextAsync("user:analyst");
        await tab.GoToAsync("/segments");
        await Expect(tab.Page.Locator("[data-distribution]")).ToBeVisibleAsync();
        await Expect(row).ToHaveCountAsync(0);

        // Somebody else is found in the ring: other evidence than that which was looked at.
        await ReferEachOtherAsync(api, users[0], users[2]);
        await tab.GoToAsync($"/users/{users[0]}");
        await Expect(flag).ToContainTextAsync(users[2]);
        await Expect(flag.Locator("[data-dismissal]")).ToHaveCountAsync(0);
        await Expect(tab.Page.Locator("[data-figure=risk]")).ToHaveTextAsync("High");
        Assert.Empty(tab.Complaints);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Alert_OfARing_IsAcknowledgedAndResolvedWithANote(bool isPhone)
    {
        using var client = app.CreateClient();
        var api = new ApiCaller(client);
        string[] users = [await api.CreateUserAsync(), await api.CreateUserAsync()];
        await ReferEachOtherAsync(api, users[0], users[1]);
        Assert.Equal("high", (await api.GetAsync($"/users/{users[0]}/profile?refresh=true")).TextOf("riskLevel"));
        await using var tab = await app.OpenSignedInAsync(isPhone);
        await tab.GoToAsync("/segments");
        var row = tab.Page.Locator($"[data-alerts] [data-alert={users[0]}]");

        await row.GetByText("Acknowledge").ClickAsync();
        await Expect(row).ToHaveAttributeAsync("data-state", "Acknowledged");
        await Expect(row.GetByText("Acknowledge", new() { Exact = true })).ToHaveCountAsync(0);

        await row.GetByText("Resolve").ClickAsync();
        await tab.Page.Locator("[data-alerts] input[name=note]").FillAsync("two sisters, seen in person");
        await tab.Page.Locator("[data-alerts] form button[type=submit]").ClickAsync();
        await Expect(row).ToHaveCountAsync(0);

        // Whoever asks later finds who resolved it, and why.
        await tab.GoToAsync("/segments?alerts=resolved");
        await Expect(row).ToContainTextAsync("user:admin");
        await Expect(row).ToContainTextAsync("two sisters, seen in person");
        var kept = (await api.GetAsync("/alerts?state=resolved&limit=1000")).Json.GetProperty("items").EnumerateArray().Single(alert => alert.GetProperty("userId").GetString() == users[0]);
        Assert.Equal(("user:admin", "two sisters, seen in person"), (kept.GetProperty("actor").GetString(), kept.GetProperty("note").GetString()));
        Assert.Equal(0, await tab.ReadOverflowAsync());
        Assert.Empty(tab.Complaints);
    }

    private static async Task ReferEachOtherAsync(ApiCaller api, string one, string other)
    {
        Assert.Equal(HttpStatusCode.OK, (await api.PostAsync($"/coins/{one}/earn", $$"""{"type":"earn_referral","relatedUserId":"{{other}}"}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await api.PostAsync($"/coins/{other}/earn", $$"""{"type":"earn_referral","relatedUserId":"{{one}}"}""")).Status);
    }
}
