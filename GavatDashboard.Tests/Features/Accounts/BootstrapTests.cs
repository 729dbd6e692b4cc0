using System.Net;
using GavatDashboard.Tests.Features.Security;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Tests.Features.Accounts;

public sealed class BootstrapTests
{
    [Fact]
    public async Task FirstStart_NoPasswordConfigured_ShowsAStrongOneOnce()
    {
        var folder = Directory.CreateTempSubdirectory("gavat-console-").FullName;
        string password;
        await using (var host = await ConsoleHost.StartAsync(folder, ownsFolder: false, ("Bootstrap:AdminPassword", ""), ("Bootstrap:AdminUser", "root")))
        {
            (var user, password) = Assert.Single(host.Notice.Shown);
            Assert.Equal(("root", 23), (user, password.Length));
        }

        await using (var host = await ConsoleHost.StartAsync(folder, ownsFolder: true, ("Bootstrap:AdminPassword", ""), ("Bootstrap:AdminUser", "root")))
        {
            Assert.Empty(host.Notice.Shown);
            using var browser = host.NewBrowser();
            Assert.Equal(HttpStatusCode.Redirect, (await browser.SignInAsync("root", password)).StatusCode);
            Assert.DoesNotContain(await host.ReadAuditAsync(), entry => entry.ToString().Contains(password, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task FirstStart_PasswordConfigured_ShowsNothing()
    {
        await using var host = await ConsoleHost.StartAsync();
        Assert.Empty(host.Notice.Shown);
    }

    [Fact]
    public async Task SecondStart_OtherPasswordConfigured_DoesNotChangeTheAdmin()
    {
        var folder = Directory.CreateTempSubdirectory("gavat-console-").FullName;
        await (await ConsoleHost.StartAsync(folder, ownsFolder: false)).DisposeAsync();
        await using var host = await ConsoleHost.StartAsync(folder, ownsFolder: true, ("Bootstrap:AdminPassword", "something else"));
        using var browser = host.NewBrowser();
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.SignInAsync("admin", "something else")).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.SignInAsync("admin", ConsoleHost.AdminPassword)).StatusCode);
    }

    [Theory]
    [InlineData("Bootstrap:ApiKey", "only-23-characters-long")]
    [InlineData("Bootstrap:ApiKey", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("Bootstrap:ApiKey", "with spaces in the middle of it all")]
    [InlineData("Bootstrap:AdminPassword", "short")]
    [InlineData("Bootstrap:AdminUser", "")]
    [InlineData("Bootstrap:AdminUser", "a b")]
    [InlineData("Data:Directory", "")]
    [InlineData("Security:LoginAttemptsPerMinute", "0")]
    [InlineData("Security:TrustedProxies:0", "somewhere")]
    public async Task Start_BadSetting_IsRefusedNamingTheKey(string key, string value)
    {
        var problem = await Assert.ThrowsAsync<OptionsValidationException>(() => ConsoleHost.StartAsync((key, value)));
        Assert.Contains(key.Replace(":0", "", StringComparison.Ordinal), problem.Message, StringComparison.Ordinal);
        Assert.True(value.Length == 0 || key != "Bootstrap:ApiKey" || !problem.Message.Contains(value, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_RevokedBootstrapKey_StaysRevoked()
    {
        var folder = Directory.CreateTempSubdirectory("gavat-console-").FullName;
        await using (var host = await ConsoleHost.StartAsync(folder, ownsFolder: false))
        {
            await host.RevokeAllKeysAsync();
        }

        await using (var host = await ConsoleHost.StartAsync(folder, ownsFolder: true))
        {
            using var client = host.NewClient(ConsoleHost.ApiKey);
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri("/api/v1/health", UriKind.Relative))).StatusCode);
        }
    }
}
