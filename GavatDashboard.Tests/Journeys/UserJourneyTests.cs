using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Security;
using GavatDashboard.Tests.App;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GavatDashboard.Tests.Journeys;

/// <summary>Support staff answer "where did my coins go?", and admins put it right.</summary>
[Collection(BrowserGroup.Name)]
public sealed class UserJourneyTests(BrowserFixture app)
{
    private const string Password = "journey-Correct7-horse!";

    [Fact]
    public async Task Search_FromTheKeyboard_OpensTheUserAndRemembersTheLookup()
    {
        using var client = app.CreateClient();
        var user = await new ApiCaller(client).CreateRichUserAsync(70);
        await using var tab = await app.OpenSignedInAsync();
        await tab.GoToAsync("/users");
        await Expect(tab.Page.Locator("#user-search")).ToBeFocusedAsync();

        await tab.Page.Keyboard.TypeAsync(user[3..]);
        await Expect(tab.Page.Locator("tr.marked")).ToHaveAttributeAsync("data-user", user);
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Page.Locator("h1")).ToHaveTextAsync($"name {user}");
        await Expect(Figure(tab, "balance")).ToHaveTextAsync("70");
        await Expect(tab.Page.Locator("[data-entries] tbody tr")).ToHaveCountAsync(1);
        await Expect(Figure(tab, "segment")).ToBeVisibleAsync();

        await tab.GoToAsync("/users");
        await Expect(tab.Page.Locator(".recent a").First).ToHaveTextAsync($"name {user}");
        Assert.Equal(0, await tab.ReadOverflowAsync());
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Search_ChosenWithTheArrows_OpensThatUser()
    {
        using var client = app.CreateClient();
        var api = new ApiCaller(client);
        await api.CreateUserAsync();
        await api.CreateUserAsync();
        await using var tab = await app.OpenSignedInAsync();
        await tab.GoToAsync("/users");
        await Expect(tab.Page.Locator("#user-search")).ToBeFocusedAsync();

        await tab.Page.Keyboard.TypeAsync("name");
        await Expect(tab.Page.Locator("tr.marked#user-0")).ToBeVisibleAsync();
        await tab.Page.Keyboard.PressAsync("ArrowDown");
        var chosen = await tab.Page.Locator("tr.marked#user-1").GetAttributeAsync("data-user");
        await tab.Page.Keyboard.PressAsync("Enter");

        await Expect(tab.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex($"/users/{chosen}$"));
    }

    [Fact]
    public async Task User_WhoDoesNotExist_IsSaidToBeUnknownAndNotZero()
    {
        await using var tab = await app.OpenSignedInAsync();

        await tab.GoToAsync("/users/nobody-here");

        await Expect(tab.Page.GetByText("There is no user “nobody-here”")).ToBeVisibleAsync();
        await Expect(Figure(tab, "balance")).ToHaveCountAsync(0);
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task User_WhileCoinsMove_FollowsWithoutAReload()
    {
        using var client = app.CreateClient();
        var api = new ApiCaller(client);
        var user = await api.CreateRichUserAsync(70);
        await using var tab = await app.OpenSignedInAsync();
        await tab.GoToAsync($"/users/{user}");
        await Expect(Figure(tab, "balance")).ToHaveTextAsync("70");

        await api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""", $"journey-{Guid.NewGuid():N}");

        await Expect(Figure(tab, "balance")).ToHaveTextAsync("60");
        await Expect(tab.Page.Locator("[data-entries] tbody tr")).ToHaveCountAsync(2);
        await tab.Page.Locator("select[name=entryType]").SelectOptionAsync("spend_content");
        await Expect(tab.Page.Locator("[data-entries] tbody tr")).ToHaveCountAsync(1);
        var download = await tab.Page.RunAndWaitForDownloadAsync(() => tab.Page.GetByText("CSV").ClickAsync());
        Assert.Equal(2, (await File.ReadAllLinesAsync(await download.PathAsync())).Length);
    }

    [Fact]
    public async Task Adjust_AddedReversedAndPinned_ShowsEachAndLeavesATrail()
    {
        using var client = app.CreateClient();
        var user = await new ApiCaller(client).CreateRichUserAsync(70);
        await using var tab = await app.OpenSignedInAsync();
        await tab.GoToAsync($"/users/{user}");

        await tab.Page.Locator("input[name=amount]").FillAsync("600");
        await tab.Page.Locator("input[name=reason]").FillAsync("goodwill");
        await ClickAsync(tab, "Preview");
        await Expect(tab.Page.Locator("[data-preview]")).ToContainTextAsync("670");
        await Expect(tab.Page.Locator("[data-preview]")).ToContainTextAsync("Silver");
        await Expect(Figure(tab, "balance")).ToHaveTextAsync("70");
        await ClickAsync(tab, "Confirm");
        await Expect(Figure(tab, "balance")).ToHaveTextAsync("670");

        await tab.Page.Locator("[data-entries] tbody tr").First.GetByRole(AriaRole.Button).ClickAsync();
        await tab.Page.Locator("input[name=reason]").FillAsync("wrong user");
        await ClickAsync(tab, "Preview");
        await ClickAsync(tab, "Confirm");
        await Expect(Figure(tab, "balance")).ToHaveTextAsync("70");

        await ClickAsync(tab, "Pin a tier");
        await tab.Page.Locator("select[name=tier]").SelectOptionAsync("Platinum");
        await tab.Page.Locator("input[name=reason]").FillAsync("promised");
        await ClickAsync(tab, "Preview");
        await ClickAsync(tab, "Confirm");
        await Expect(Figure(tab, "tier")).ToContainTextAsync("Platinum");
        Assert.Empty(tab.Complaints);

        var trail = await app.Services.GetRequiredService<IAuditLog>().ListAsync(new AuditFilter(Target: $"user:{user}"), null, 20, CancellationToken.None);
        Assert.Equal(
            ["coins.adjust.requested", "coins.adjusted", "coins.reverse.requested", "coins.reversed", "tier.pin.requested", "tier.pinned"],
            trail.Where(entry => entry.Action is not "user.created").Select(entry => entry.Action).Reverse().TakeLast(6));
    }

    [Fact]
    public async Task Adjust_ForSupport_IsNotThere()
    {
        using var client = app.CreateClient();
        var user = await new ApiCaller(client).CreateRichUserAsync(70);
        await app.AddUserAsync("journey-support", ConsoleRoles.Support, Password);
        await using var tab = await app.OpenSignedInAsync(userName: "journey-support", password: Password);

        await tab.GoToAsync($"/users/{user}");

        await Expect(Figure(tab, "balance")).ToHaveTextAsync("70");
        await Expect(tab.Page.Locator("#adjust")).ToHaveCountAsync(0);
        await Expect(tab.Page.Locator("[data-entries] tbody button")).ToHaveCountAsync(0);
    }

    private static ILocator Figure(BrowserTab tab, string name) => tab.Page.Locator($"[data-figure={name}]");

    private static Task ClickAsync(BrowserTab tab, string name) =>
        tab.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true }).ClickAsync();
}
