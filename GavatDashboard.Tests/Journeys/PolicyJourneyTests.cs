using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Security;
using GavatDashboard.Tests.App;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GavatDashboard.Tests.Journeys;

/// <summary>A limit on its way from a form into the ledger's next decision.</summary>
public sealed class PolicyJourneyTests(BrowserFixture app) : IClassFixture<BrowserFixture>
{
    [Fact]
    public async Task Limit_Published_RefusesTheNextSpend()
    {
        using var client = app.CreateClient();
        var api = new ApiCaller(client);
        var user = await api.CreateRichUserAsync(450);
        await using var tab = await app.OpenSignedInAsync();
        await tab.GoToAsync("/");
        await tab.Page.Locator("nav a[href='/admin/policies']").ClickAsync();
        await Expect(tab.Page.Locator("[data-field=SpendPerDay] input")).ToHaveValueAsync("500");

        await tab.Page.Locator("[name=GoldFrom]").FillAsync("100");
        await tab.Page.Locator("[name=GoldFrom]").BlurAsync();
        await Expect(tab.Page.Locator("[data-field=GoldFrom] [role=alert]")).ToBeVisibleAsync();
        await tab.Page.Locator("[name=GoldFrom]").FillAsync("2000");
        await tab.Page.Locator("[name=SilverFrom]").FillAsync("450");
        await tab.Page.Locator("[name=SpendPerDay]").FillAsync("40");
        await tab.Page.Locator("[name=SpendPerDay]").BlurAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Preview" }).ClickAsync();
        await Expect(tab.Page.Locator("[data-change=SpendPerDay]")).ToContainTextAsync("40");
        await Expect(tab.Page.Locator($"[data-named] a[href='/users/{user}']")).ToBeVisibleAsync();
        Assert.Equal(0, await tab.ReadOverflowAsync());

        await tab.Page.GetByLabel("Reason").FillAsync("spending runs away");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Publish version" }).ClickAsync();
        await Expect(tab.Page.Locator("[data-done]")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("[data-history] tbody tr").First).ToContainTextAsync("spending runs away");

        var refused = await api.PostAsync($"/coins/{user}/spend", """{"type":"spend_special"}""");
        Assert.Equal(("daily_limit", 40), (refused.Code, refused.NumberOf("allowed")));
        var ledger = app.Services.GetRequiredService<ILedgerStores>().Current;
        await Expect(tab.Page.Locator("[data-done]")).ToContainTextAsync("moved into their tiers");
        Assert.Equal(Tier.Silver, (await ledger.FindAccountAsync(user, CancellationToken.None))!.Tier);
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Page_ForSupport_IsNeitherLinkedNorOpen()
    {
        const string Password = "journey-Correct7-horse!";
        await app.AddUserAsync("policy-journey", ConsoleRoles.Support, Password);
        await using var tab = await app.OpenSignedInAsync(userName: "policy-journey", password: Password);

        await Expect(tab.Page.Locator("nav a[href='/admin/policies']")).ToHaveCountAsync(0);
        await tab.Page.GotoAsync("/admin/policies");
        await Expect(tab.Page.Locator("[data-field]")).ToHaveCountAsync(0);
    }
}
