using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GavatDashboard.Tests.Journeys;

/// <summary>What a person does first.</summary>
[Collection(BrowserGroup.Name)]
public sealed class SignInJourneyTests(BrowserFixture app)
{
    [Fact]
    public async Task Overview_WithoutASession_AsksToSignIn()
    {
        await using var tab = await app.OpenAsync();

        await tab.Page.GotoAsync("/");

        await Expect(tab.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Sign in" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task SignIn_WithAWrongPassword_SaysSoAndStays()
    {
        await using var tab = await app.OpenAsync();
        await tab.Page.GotoAsync("/login");

        await tab.Page.GetByLabel("User name").FillAsync("nobody");
        await tab.Page.GetByLabel("Password", new PageGetByLabelOptions { Exact = true }).FillAsync("not the password");
        await tab.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign in" }).ClickAsync();

        await Expect(tab.Page.Locator(".problem")).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Overview_AfterSignIn_ShowsSevenLiveComponents(bool isPhone)
    {
        await using var tab = await app.OpenSignedInAsync(isPhone, ColorScheme.Dark);

        await tab.GoToAsync("/");

        await Expect(tab.Page.Locator("article.tile")).ToHaveCountAsync(7);
        await Expect(tab.Page.Locator("article.tile", new PageLocatorOptions { HasText = "SQLite" }).Last.Locator(".status-healthy")).ToBeVisibleAsync();
        Assert.Equal(0, await tab.ReadOverflowAsync());
        Assert.Empty(tab.Complaints);
    }
}
