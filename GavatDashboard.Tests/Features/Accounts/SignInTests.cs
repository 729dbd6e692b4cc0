using System.Net;
using GavatDashboard.Features.Security;
using GavatDashboard.Tests.Features.Security;

namespace GavatDashboard.Tests.Features.Accounts;

public sealed class SignInTests
{
    private const string Password = "seven green lamps";

    [Fact]
    public async Task SignIn_RightPassword_OpensPagesAndSetsACarefulCookie()
    {
        await using var host = await ConsoleHost.StartAsync();
        using var browser = host.NewBrowser();
        var before = await browser.GetAsync("/");
        Assert.Equal((HttpStatusCode.Redirect, "/login"), (before.StatusCode, before.Headers.Location!.AbsolutePath));

        var answer = await browser.SignInAsync("ADMIN", ConsoleHost.AdminPassword, "/page/admin?x=1");
        Assert.Equal((HttpStatusCode.Redirect, "/page/admin?x=1"), (answer.StatusCode, answer.Headers.Location!.OriginalString));
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(value => value.StartsWith("gavat-console=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("in", await (await browser.GetAsync("/page/admin")).Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("admin", "wrong password")]
    [InlineData("nobody", "wrong password")]
    [InlineData("admin", "")]
    [InlineData("", "")]
    public async Task SignIn_WrongNameOrPassword_SaysTheSame(string user, string password)
    {
        await using var host = await ConsoleHost.StartAsync();
        using var browser = host.NewBrowser();
        var answer = await browser.SignInAsync(user, password);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("The name or the password is wrong, or the account is locked.", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/")).StatusCode);
        Assert.Equal("sign_in.refused", (await host.ReadAuditAsync())[0].Action);
    }

    [Fact]
    public async Task SignIn_FiveWrongPasswords_LocksForFiveMinutes()
    {
        await using var host = await ConsoleHost.StartAsync();
        await host.AddUserAsync("olga", Password, ConsoleRoles.Operator);
        using var browser = host.NewBrowser();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await browser.SignInAsync("olga", "wrong")).StatusCode);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.SignInAsync("olga", Password)).StatusCode);
        Assert.Single(await host.ReadAuditAsync(), entry => entry.Action == "account.locked");
        host.Time.Advance(TimeSpan.FromMinutes(4.9));
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.SignInAsync("olga", Password)).StatusCode);
        host.Time.Advance(TimeSpan.FromMinutes(0.2));
        Assert.Equal(HttpStatusCode.Redirect, (await browser.SignInAsync("olga", Password)).StatusCode);
    }

    [Fact]
    public async Task SignIn_ParallelGuesses_AreAllCounted()
    {
        await using var host = await ConsoleHost.StartAsync();
        await host.AddUserAsync("olga", Password, ConsoleRoles.Operator);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ =>
        {
            using var browser = host.NewBrowser();
            await browser.SignInAsync("olga", "wrong");
        }));
        using var last = host.NewBrowser();
        Assert.Equal(HttpStatusCode.Unauthorized, (await last.SignInAsync("olga", Password)).StatusCode);
    }

    [Fact]
    public async Task SignIn_WithoutAntiforgeryToken_IsRefusedAndCountsNothing()
    {
        await using var host = await ConsoleHost.StartAsync();
        using var browser = host.NewBrowser();
        var answer = await browser.PostRawAsync("/login", new Dictionary<string, string> { ["userName"] = "admin", ["password"] = ConsoleHost.AdminPassword });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.DoesNotContain(await host.ReadAuditAsync(), entry => entry.Action.StartsWith("sign_in", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SignOut_WithoutAntiforgeryToken_KeepsTheSession()
    {
        await using var host = await ConsoleHost.StartAsync();
        using var browser = host.NewBrowser();
        await browser.SignInAsync("admin", ConsoleHost.AdminPassword);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.PostRawAsync("/logout", new Dictionary<string, string>())).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task SignOut_WithToken_EndsTheSessionEvenForACopiedCookie()
    {
        await using var host = await ConsoleHost.StartAsync();
        using var browser = host.NewBrowser();
        using var thief = host.NewBrowser();
        await browser.SignInAsync("admin", ConsoleHost.AdminPassword);
        thief.Cookies.Add(browser.Cookies.GetAllCookies());
        Assert.Equal(HttpStatusCode.OK, (await thief.GetAsync("/")).StatusCode);

        Assert.Equal("/login", (await browser.SubmitAsync("/logout")).Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await thief.GetAsync("/")).StatusCode);
    }

    [Theory]
    [InlineData(ConsoleRoles.Operator, new[] { "operator", "viewer" }, new[] { "support", "admin" })]
    [InlineData(ConsoleRoles.Support, new[] { "support", "viewer" }, new[] { "operator", "admin" })]
    [InlineData(ConsoleRoles.Admin, new[] { "support", "viewer", "operator", "admin" }, new string[0])]
    public async Task Pages_ByRole_AreOpenedOrRefusedByTheServer(string role, string[] open, string[] closed)
    {
        await using var host = await ConsoleHost.StartAsync();
        await host.AddUserAsync("somebody", Password, role);
        using var browser = host.NewBrowser();
        await browser.SignInAsync("somebody", Password);
        foreach (var page in open)
        {
            Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync($"/page/{page}")).StatusCode);
        }

        foreach (var page in closed)
        {
            var answer = await browser.GetAsync($"/page/{page}");
            Assert.Equal((HttpStatusCode.Redirect, "/access-denied"), (answer.StatusCode, answer.Headers.Location!.AbsolutePath));
        }

        Assert.Equal(HttpStatusCode.Forbidden, (await browser.GetAsync("/access-denied")).StatusCode);
    }

    [Fact]
    public async Task Session_IdleForLongerThanItsLifetime_Ends()
    {
        await using var host = await ConsoleHost.StartAsync();
        using var browser = host.NewBrowser();
        await browser.SignInAsync("admin", ConsoleHost.AdminPassword);
        host.Time.Advance(TimeSpan.FromHours(7));
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).StatusCode);
        host.Time.Advance(TimeSpan.FromHours(7));
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).StatusCode);
        host.Time.Advance(TimeSpan.FromHours(8.1));
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task Session_ApplicationRestarted_GoesOn()
    {
        var folder = Directory.CreateTempSubdirectory("gavat-console-").FullName;
        using var first = await StartAndSignInAsync(folder);
        await using (var host = await ConsoleHost.StartAsync(folder, ownsFolder: true))
        {
            using var second = host.NewBrowser();
            second.Cookies.Add(first.Cookies.GetAllCookies());
            Assert.Equal(HttpStatusCode.OK, (await second.GetAsync("/")).StatusCode);
        }
    }

    [Fact]
    public async Task Password_MadeForTheUser_MustBeReplacedBeforeASession()
    {
        await using var host = await ConsoleHost.StartAsync();
        var made = await host.WithAccountsAsync(accounts => accounts.CreateAsync("pat", [ConsoleRoles.Support], null, "user:admin", CancellationToken.None));
        using var browser = host.NewBrowser();
        var answer = await browser.SignInAsync("pat", made.OneTimePassword!, "/page/support");
        Assert.StartsWith("/account/password?user=pat", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/page/support")).StatusCode);

        Assert.Equal(HttpStatusCode.BadRequest, (await ChangeAsync(browser, made.OneTimePassword!, Password, "another one")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await ChangeAsync(browser, made.OneTimePassword!, "short", "short")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await ChangeAsync(browser, made.OneTimePassword!, made.OneTimePassword!, made.OneTimePassword!)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await ChangeAsync(browser, "wrong", Password, Password)).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/page/support")).StatusCode);

        Assert.Equal("/page/support", (await ChangeAsync(browser, made.OneTimePassword!, Password, Password)).Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/page/support")).StatusCode);
        using var again = host.NewBrowser();
        Assert.Equal(HttpStatusCode.Unauthorized, (await again.SignInAsync("pat", made.OneTimePassword!)).StatusCode);
        Assert.Equal("/", (await again.SignInAsync("pat", Password)).Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task Password_Changed_EndsTheOtherSessions()
    {
        await using var host = await ConsoleHost.StartAsync();
        await host.AddUserAsync("pat", Password, ConsoleRoles.Support);
        using var here = host.NewBrowser();
        using var elsewhere = host.NewBrowser();
        await here.SignInAsync("pat", Password);
        await elsewhere.SignInAsync("pat", Password);
        await ChangeAsync(here, Password, "another good one", "another good one");
        Assert.Equal(HttpStatusCode.OK, (await here.GetAsync("/page/support")).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await elsewhere.GetAsync("/page/support")).StatusCode);
    }

    private static Task<HttpResponseMessage> ChangeAsync(Browser browser, string current, string next, string repeated) => browser.SubmitAsync(
        "/account/password",
        ("userName", "pat"),
        ("password", current),
        ("newPassword", next),
        ("repeatedPassword", repeated),
        ("returnUrl", "/page/support"));

    private static async Task<Browser> StartAndSignInAsync(string folder)
    {
        await using var host = await ConsoleHost.StartAsync(folder, ownsFolder: false);
        var browser = host.NewBrowser();
        await browser.SignInAsync("admin", ConsoleHost.AdminPassword);
        return browser;
    }
}
