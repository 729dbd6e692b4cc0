using System.Net;
using GavatDashboard.Features.Accounts;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Security;
using GavatDashboard.Tests.Features.Security;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Accounts;

public sealed class AccountServiceTests : IAsyncLifetime
{
    private const string Password = "seven green lamps";
    private const string Actor = "user:admin";
    private ConsoleHost host = null!;

    public async Task InitializeAsync() => host = await ConsoleHost.StartAsync();

    public async Task DisposeAsync() => await host.DisposeAsync();

    [Theory]
    [InlineData("admin", ConsoleRoles.Support, null, "taken")]
    [InlineData("Admin", ConsoleRoles.Support, null, "taken")]
    [InlineData("", ConsoleRoles.Support, null, "invalid")]
    [InlineData("a b", ConsoleRoles.Support, null, "invalid")]
    [InlineData("bob", "emperor", null, "role")]
    [InlineData("bob", ConsoleRoles.Support, "short", "10 characters")]
    public async Task Create_BadInput_IsRefusedAndLeavesNothing(string name, string role, string? password, string problem)
    {
        var rows = (await host.ReadAuditAsync()).Count;
        var result = await ChangeAsync(accounts => accounts.CreateAsync(name, [role], password, Actor, CancellationToken.None));
        Assert.Contains(problem, result.Problem, StringComparison.OrdinalIgnoreCase);
        Assert.Null(result.OneTimePassword);
        Assert.Single(await host.WithAccountsAsync(accounts => accounts.ListAsync(CancellationToken.None)));
        Assert.Equal(rows, (await host.ReadAuditAsync()).Count);
    }

    [Fact]
    public async Task LastAdmin_CannotBeDisabledNorLoseTheRole()
    {
        var admin = await host.FindUserAsync("admin");
        Assert.NotNull((await ChangeAsync(accounts => accounts.DisableAsync(admin.Id, Actor, CancellationToken.None))).Problem);
        Assert.NotNull((await ChangeAsync(accounts => accounts.SetRolesAsync(admin.Id, [ConsoleRoles.Support], Actor, CancellationToken.None))).Problem);
        var after = await host.FindUserAsync("admin");
        Assert.Equal((null, ConsoleRoles.Admin), (after.DisabledAt, Assert.Single(after.Roles)));
        Assert.True((await host.Services.GetRequiredService<IAuditLog>().VerifyAsync(CancellationToken.None)).IsIntact);
    }

    [Fact]
    public async Task TwoAdmins_RemovingEachOtherAtOnce_LeaveOne()
    {
        for (var round = 0; round < 5; round++)
        {
            await using var fresh = await ConsoleHost.StartAsync();
            var first = await fresh.FindUserAsync("admin");
            var second = await fresh.AddUserAsync("second", Password, ConsoleRoles.Admin);
            var results = await Task.WhenAll(
                Task.Run(() => fresh.WithAccountsAsync(accounts => accounts.DisableAsync(first.Id, "user:second", CancellationToken.None))),
                Task.Run(() => fresh.WithAccountsAsync(accounts => accounts.DisableAsync(second.Id, Actor, CancellationToken.None))));
            Assert.Single(results, result => result.IsDone);
        }
    }

    [Theory]
    [InlineData("disable")]
    [InlineData("roles")]
    [InlineData("password")]
    [InlineData("end")]
    public async Task Change_ThatEndsSessions_DoesSoAtOnce(string change)
    {
        var user = await host.AddUserAsync("olga", Password, ConsoleRoles.Operator);
        using var browser = host.NewBrowser();
        await browser.SignInAsync("olga", Password);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/page/operator")).StatusCode);
        Assert.Single(await host.WithAccountsAsync(accounts => accounts.ListSessionsAsync(user.Id, CancellationToken.None)));
        var result = await ChangeAsync(accounts => change switch
        {
            "disable" => accounts.DisableAsync(user.Id, Actor, CancellationToken.None),
            "roles" => accounts.SetRolesAsync(user.Id, [ConsoleRoles.Operator, ConsoleRoles.Support], Actor, CancellationToken.None),
            "password" => accounts.ResetPasswordAsync(user.Id, Actor, CancellationToken.None),
            _ => accounts.EndSessionsAsync(user.Id, Actor, CancellationToken.None),
        });
        Assert.True(result.IsDone);
        Assert.Equal(change == "password", result.OneTimePassword is not null);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/page/operator")).StatusCode);
        Assert.Empty(await host.WithAccountsAsync(accounts => accounts.ListSessionsAsync(user.Id, CancellationToken.None)));
        Assert.Equal(("user:admin", "account:olga"), ((await host.ReadAuditAsync())[0].Actor, (await host.ReadAuditAsync())[0].Target));
    }

    [Fact]
    public async Task EndSession_One_LeavesTheOthers()
    {
        var user = await host.AddUserAsync("olga", Password, ConsoleRoles.Operator);
        using var first = host.NewBrowser();
        using var second = host.NewBrowser();
        await first.SignInAsync("olga", Password);
        host.Time.Advance(TimeSpan.FromMinutes(2));
        await second.SignInAsync("olga", Password);
        var sessions = await host.WithAccountsAsync(accounts => accounts.ListSessionsAsync(user.Id, CancellationToken.None));
        await ChangeAsync(accounts => accounts.EndSessionAsync(user.Id, sessions[0].Id, Actor, CancellationToken.None));
        Assert.Equal(HttpStatusCode.OK, (await first.GetAsync("/page/operator")).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await second.GetAsync("/page/operator")).StatusCode);
    }

    [Fact]
    public async Task Disabled_CannotSignIn_UntilEnabled()
    {
        var user = await host.AddUserAsync("olga", Password, ConsoleRoles.Operator);
        using var browser = host.NewBrowser();
        await ChangeAsync(accounts => accounts.DisableAsync(user.Id, Actor, CancellationToken.None));
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.SignInAsync("olga", Password)).StatusCode);
        await ChangeAsync(accounts => accounts.EnableAsync(user.Id, Actor, CancellationToken.None));
        Assert.Equal(HttpStatusCode.Redirect, (await browser.SignInAsync("olga", Password)).StatusCode);
    }

    [Fact]
    public async Task Unlock_LockedAccount_OpensItAtOnce()
    {
        var user = await host.AddUserAsync("olga", Password, ConsoleRoles.Operator);
        using var browser = host.NewBrowser();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await browser.SignInAsync("olga", "wrong");
        }

        Assert.True(await host.WithAccountsAsync(async accounts => accounts.IsLocked(await host.FindUserAsync("olga"))));
        await ChangeAsync(accounts => accounts.UnlockAsync(user.Id, Actor, CancellationToken.None));
        Assert.Equal(HttpStatusCode.Redirect, (await browser.SignInAsync("olga", Password)).StatusCode);
    }

    [Fact]
    public async Task Change_UnknownAccount_IsRefused() =>
        Assert.NotNull((await ChangeAsync(accounts => accounts.DisableAsync("nobody", Actor, CancellationToken.None))).Problem);

    private Task<AccountResult> ChangeAsync(Func<AccountService, Task<AccountResult>> change) => host.WithAccountsAsync(change);
}
