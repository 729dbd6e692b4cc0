using System.Text;
using GavatDashboard.Features.Accounts;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Security;
using GavatDashboard.Tests.App;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GavatDashboard.Tests.Journeys;

/// <summary>What only admins may do, done through the pages.</summary>
[Collection(BrowserGroup.Name)]
public sealed class AdminJourneyTests(BrowserFixture app)
{
    private const string Password = "journey-Correct7-horse!";

    [Fact]
    public async Task Import_SentTwice_ShowsItsFiguresAndThenThatNothingChanged()
    {
        await using var tab = await app.OpenSignedInAsync();
        await tab.GoToAsync("/admin/import");

        await SendAsync(tab);
        await Expect(tab.Page.Locator("[data-outcome=done]")).ToBeVisibleAsync();
        await Expect(Figure(tab, "Purchases")).ToHaveTextAsync("3");
        await Expect(Figure(tab, "Entries")).ToHaveTextAsync("6");
        await Expect(Figure(tab, "Rejected")).ToHaveTextAsync("1");
        await Expect(tab.Page.GetByText("$0.00")).ToBeVisibleAsync();
        var download = await tab.Page.RunAndWaitForDownloadAsync(() => tab.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Download as CSV" }).ClickAsync());
        Assert.StartsWith("line,reason\r\n3,", await File.ReadAllTextAsync(await download.PathAsync()), StringComparison.Ordinal);

        await SendAsync(tab);
        await Expect(tab.Page.Locator("[data-outcome=unchanged]")).ToContainTextAsync("Nothing changed");
        await Expect(Figure(tab, "Entries")).ToHaveTextAsync("0");
        await Expect(tab.Page.Locator("table.data").Last.Locator("tbody tr")).ToHaveCountAsync(2);
        Assert.Equal(0, await tab.ReadOverflowAsync());
        Assert.Empty(tab.Complaints);
    }

    [Theory]
    [InlineData("/admin/import")]
    [InlineData("/admin/audit")]
    [InlineData("/admin/accounts")]
    [InlineData("/admin/keys")]
    [InlineData("/ledger")]
    public async Task AdminPage_OpenedByAnOperator_IsRefused(string path)
    {
        await app.AddUserAsync("journey-operator", ConsoleRoles.Operator, Password);
        await using var tab = await app.OpenSignedInAsync(userName: "journey-operator", password: Password);

        await tab.Page.GotoAsync(path);

        await Expect(tab.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/access-denied"));
    }

    [Fact]
    public async Task Audit_FilteredAndVerified_ShowsTheRowsAndAWholeChain()
    {
        var log = app.Services.GetRequiredService<IAuditLog>();
        for (var i = 0; i < 55; i++)
        {
            await log.AppendAsync("user:journey", "journey.step", $"step:{i}", null, null, CancellationToken.None);
        }

        await using var tab = await app.OpenSignedInAsync();
        await tab.GoToAsync("/admin/audit");
        await tab.Page.Locator("input[name=action]").FillAsync("journey.");
        await tab.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Filter", Exact = true }).ClickAsync();
        await Expect(tab.Page.Locator("table.data tbody tr")).ToHaveCountAsync(50);
        await tab.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Load more" }).ClickAsync();
        await Expect(tab.Page.Locator("table.data tbody tr")).ToHaveCountAsync(55);

        await tab.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Verify chain" }).ClickAsync();
        await Expect(tab.Page.Locator("[data-chain=whole]")).ToBeVisibleAsync();
        var download = await tab.Page.RunAndWaitForDownloadAsync(() => tab.Page.GetByText("Export CSV").ClickAsync());
        Assert.Equal(56, (await File.ReadAllLinesAsync(await download.PathAsync())).Length);
        Assert.Equal(0, await tab.ReadOverflowAsync());
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Ledger_WhileItMoves_FollowsPausesAndProvesItsSum()
    {
        using var client = app.CreateClient();
        var api = new ApiCaller(client);
        var first = await api.CreateRichUserAsync(70);
        await using var tab = await app.OpenSignedInAsync();
        await tab.GoToAsync("/ledger");
        await Expect(tab.Page.Locator("table.data tbody")).ToContainTextAsync(first);
        await Expect(tab.Page.Locator("[data-proof=whole]")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("[data-figure=sum]")).ToHaveTextAsync("0");

        var second = await api.CreateRichUserAsync(80);
        await Expect(tab.Page.Locator("table.data tbody")).ToContainTextAsync(second);

        await tab.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Pause" }).ClickAsync();
        var third = await api.CreateRichUserAsync(90);
        await Expect(tab.Page.GetByText("1 new")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("table.data tbody")).Not.ToContainTextAsync(third);
        await tab.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Resume" }).ClickAsync();
        await Expect(tab.Page.Locator("table.data tbody")).ToContainTextAsync(third);

        await tab.Page.Locator("input[name=user]").FillAsync(second);
        await tab.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Filter", Exact = true }).ClickAsync();
        await Expect(tab.Page.Locator("table.data tbody tr")).ToHaveCountAsync(1);
        Assert.Equal(0, await tab.ReadOverflowAsync());
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Accounts_MadeResetAndDisabled_ShowPasswordsOnceAndKeepTheLastAdmin()
    {
        var name = $"made-{Guid.NewGuid():N}"[..14];
        await using var tab = await app.OpenSignedInAsync();
        await tab.GoToAsync("/admin/accounts");
        await tab.Page.Locator("input[name=newName]").FillAsync(name);
        var create = tab.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Create account" });
        await create.ClickAsync();
        await Expect(tab.Page.Locator("#role-missing")).ToHaveTextAsync("Choose what the account may do: tick one role or more.");
        await Expect(tab.Page.Locator($"[data-account={name}]")).ToHaveCountAsync(0);
        await tab.Page.Locator("input[name=new-operator]").CheckAsync();
        await Expect(tab.Page.Locator("#role-missing")).ToHaveCountAsync(0);
        await create.ClickAsync();
        var first = await tab.Page.Locator("[data-secret]").InnerTextAsync();
        await using (var other = await app.OpenAsync())
        {
            await other.SignInAsync(name, first);
            await Expect(other.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/account/password"));
        }

        var account = tab.Page.Locator($"[data-account={name}]");
        await account.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Manage" }).ClickAsync();
        await account.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Reset password" }).ClickAsync();
        await ConfirmAsync(tab, "Reset password");
        await Expect(tab.Page.Locator("[data-secret]")).Not.ToHaveTextAsync(first);
        await account.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Disable" }).ClickAsync();
        await ConfirmAsync(tab, "Disable");
        await Expect(account.GetByText("Disabled")).ToBeVisibleAsync();

        var admin = tab.Page.Locator("[data-account=admin]");
        await admin.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Manage" }).ClickAsync();
        await admin.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Disable" }).ClickAsync();
        await ConfirmAsync(tab, "Disable");
        await Expect(tab.Page.GetByText("This is the last admin who can sign in")).ToBeVisibleAsync();
        Assert.Equal(0, await tab.ReadOverflowAsync());
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task ApiKey_MadeAndRevoked_WorksInBetween()
    {
        var name = $"journey {Guid.NewGuid():N}"[..16];
        await using var tab = await app.OpenSignedInAsync();
        await tab.GoToAsync("/admin/keys");
        await tab.Page.Locator("input[name=keyName]").FillAsync(name);
        await tab.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Create key" }).ClickAsync();
        var key = await tab.Page.Locator("[data-secret]").InnerTextAsync();
        using var client = app.CreateClient(key);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await new ApiCaller(client).GetAsync("/prices")).Status);

        var row = tab.Page.Locator("tbody tr", new PageLocatorOptions { HasText = name });
        await row.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Revoke" }).ClickAsync();
        await ConfirmAsync(tab, "Revoke");
        await Expect(row.GetByText("Revoked")).ToBeVisibleAsync();
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await new ApiCaller(client).GetAsync("/prices")).Status);
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task OpenPage_AfterTheSessionWasEnded_ChangesNothingAnyMore()
    {
        await app.AddUserAsync("journey-admin", ConsoleRoles.Admin, Password);
        await using var tab = await app.OpenSignedInAsync(userName: "journey-admin", password: Password);
        await tab.GoToAsync("/admin/keys");
        await tab.Page.Locator("input[name=keyName]").FillAsync("never made");
        await using (var scope = app.Services.CreateAsyncScope())
        {
            var accounts = scope.ServiceProvider.GetRequiredService<AccountService>();
            var user = (await accounts.ListAsync(CancellationToken.None)).Single(one => one.UserName == "journey-admin");
            Assert.True((await accounts.DisableAsync(user.Id, "tests", CancellationToken.None)).IsDone);
        }

        await tab.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Create key" }).ClickAsync();

        await Expect(tab.Page.GetByText("You may not do this")).ToBeVisibleAsync();
        Assert.DoesNotContain(await app.Services.GetRequiredService<ApiKeyService>().ListAsync(CancellationToken.None), key => key.Name == "never made");
    }

    private static Task ConfirmAsync(BrowserTab tab, string answer) => tab.Page.GetByRole(AriaRole.Dialog)
        .GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = answer, Exact = true }).ClickAsync();

    private static ILocator Figure(BrowserTab tab, string name) => tab.Page.Locator($"[data-figure={name}]");

    private static async Task SendAsync(BrowserTab tab)
    {
        var lines = " 90004 9901 19970101  2   29.33\n 90004 9901 19970118  2   29.73\n 90021 9902 19970101  3    0.00\n 90021 9902 19970112  1   12.00\n";
        await tab.Page.Locator("input[type=file]").SetInputFilesAsync(
            new FilePayload { Name = "journey.txt", MimeType = "text/plain", Buffer = Encoding.ASCII.GetBytes(lines) });
        await tab.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Import", Exact = true }).ClickAsync();
    }
}
