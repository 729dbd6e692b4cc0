using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using GavatDashboard.Features.Security;
using GavatDashboard.Stores.Sqlite.Console;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Security;

public sealed class ApiKeyTests : IAsyncLifetime
{
    private ConsoleHost host = null!;

    public async Task InitializeAsync() => host = await ConsoleHost.StartAsync();

    public async Task DisposeAsync() => await host.DisposeAsync();

    [Fact]
    public async Task Call_WithoutKey_IsAProblemThatSaysSo()
    {
        using var client = host.NewClient();
        foreach (var path in (string[])["/api/v1/coins-read", "/health", "/api/v1/nowhere"])
        {
            var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
            Assert.NotEmpty(answer.Headers.WwwAuthenticate);
            Assert.Equal("unauthenticated", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
        }

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/health/live", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task Call_WithScope_IsLetInAndOthersAreNot()
    {
        foreach (var scope in ApiScopes.Known)
        {
            using var client = host.NewClient(await NewKeyAsync(scope));
            foreach (var other in ApiScopes.Known)
            {
                var answer = await client.GetAsync(new Uri($"/api/v1/{other.Replace(':', '-')}", UriKind.Relative));
                Assert.Equal(scope == other ? HttpStatusCode.OK : HttpStatusCode.Forbidden, answer.StatusCode);
                Assert.Equal(scope == other ? "text/plain" : "application/problem+json", answer.Content.Headers.ContentType!.MediaType);
            }
        }
    }

    [Fact]
    public async Task Call_WithBootstrapKey_HasEveryScopeAndItsName()
    {
        using var client = host.NewClient(ConsoleHost.ApiKey);
        foreach (var scope in ApiScopes.Known)
        {
            Assert.Equal("key:bootstrap", await client.GetStringAsync(new Uri($"/api/v1/{scope.Replace(':', '-')}", UriKind.Relative)));
        }
    }

    [Fact]
    public async Task Call_WithBearerToken_IsTheSame()
    {
        using var client = host.NewClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ConsoleHost.ApiKey);
        Assert.Equal("key:bootstrap", await client.GetStringAsync(new Uri("/api/v1/coins-read", UriKind.Relative)));
    }

    [Fact]
    public async Task Call_WithKey_DoesNotOpenPages()
    {
        using var client = host.NewClient(ConsoleHost.ApiKey);
        foreach (var path in (string[])["/", "/page/viewer", "/page/admin", "/admin/audit/export.csv"])
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync(new Uri(path, UriKind.Relative))).StatusCode);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("bootstrap-key-0123456789abcdeg")]
    [InlineData("' OR 1=1 --")]
    public async Task Call_WithAWrongKey_IsRefused(string key)
    {
        using var client = host.NewClient(key);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri("/api/v1/coins-read", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task Call_AfterRevocationOrExpiry_IsRefusedAtOnce()
    {
        var keys = host.Services.GetRequiredService<ApiKeyService>();
        var (key, secret) = await keys.CreateAsync("short", [ApiScopes.Health], host.Time.GetUtcNow().AddDays(1), "user:admin", CancellationToken.None);
        var (revoked, revokedSecret) = await keys.CreateAsync("revoked", [ApiScopes.Health], null, "user:admin", CancellationToken.None);
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(secret));
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(revokedSecret));

        Assert.True(await keys.RevokeAsync(revoked.Id, "user:admin", CancellationToken.None));
        Assert.False(await keys.RevokeAsync(revoked.Id, "user:admin", CancellationToken.None));
        Assert.Equal(HttpStatusCode.Unauthorized, await HealthAsync(revokedSecret));
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(secret));
        host.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(HttpStatusCode.Unauthorized, await HealthAsync(secret));
        Assert.Equal("short", (await keys.ListAsync(CancellationToken.None)).Single(kept => kept.Id == key.Id).Name);
    }

    [Fact]
    public async Task Store_HoldsNoSecret()
    {
        var secret = await NewKeyAsync(ApiScopes.Health);
        await host.Services.GetRequiredService<ConsoleDatabase>().ReadAsync(sql => sql.QueryAsync<object>("PRAGMA wal_checkpoint(TRUNCATE)"), CancellationToken.None);
        foreach (var file in Directory.GetFiles(Path.Combine(host.Folder, "data"), "console.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            var text = await reader.ReadToEndAsync();
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain(ConsoleHost.ApiKey, text, StringComparison.Ordinal);
            Assert.DoesNotContain(ConsoleHost.AdminPassword, text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("", "health")]
    [InlineData("name", "")]
    [InlineData("name", "health everything")]
    public async Task Create_BadInput_IsRefused(string name, string scopes) =>
        await Assert.ThrowsAsync<ArgumentException>(() => host.Services.GetRequiredService<ApiKeyService>().CreateAsync(
            name, scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries), null, "user:admin", CancellationToken.None));

    [Theory]
    [InlineData(ConsoleRoles.Operator, false)]
    [InlineData(ConsoleRoles.Support, false)]
    [InlineData(ConsoleRoles.Admin, true)]
    public async Task Cookie_ByRole_ReadsOrDoesEverything(string role, bool mayWrite)
    {
        await host.AddUserAsync("somebody", "seven green lamps", role);
        using var browser = host.NewBrowser();
        await browser.SignInAsync("somebody", "seven green lamps");
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/api/v1/coins-read")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/health")).StatusCode);
        var write = await browser.PostRawAsync("/api/v1/coins-write", new Dictionary<string, string>(), ("Sec-Fetch-Site", "same-origin"));
        Assert.Equal(mayWrite ? HttpStatusCode.OK : HttpStatusCode.Forbidden, write.StatusCode);
        Assert.Equal(mayWrite ? HttpStatusCode.OK : HttpStatusCode.Forbidden, (await browser.GetAsync("/api/v1/admin")).StatusCode);
    }

    [Fact]
    public async Task Cookie_FromAnotherSite_CannotWrite()
    {
        using var browser = host.NewBrowser();
        await browser.SignInAsync("admin", ConsoleHost.AdminPassword);
        var nothing = new Dictionary<string, string>();
        foreach (var headers in ((string, string)[][])[[], [("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "same-site")], [("Origin", "http://evil.example")], [("Origin", "null")]])
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await browser.PostRawAsync("/api/v1/coins-write", nothing, headers)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, (await browser.PostRawAsync("/api/v1/coins-write", nothing, ("Origin", "http://localhost"))).StatusCode);
    }

    private async Task<HttpStatusCode> HealthAsync(string secret)
    {
        using var client = host.NewClient(secret);
        return (await client.GetAsync(new Uri("/health", UriKind.Relative))).StatusCode;
    }

    private async Task<string> NewKeyAsync(params string[] scopes) =>
        (await host.Services.GetRequiredService<ApiKeyService>().CreateAsync("test", scopes, null, "user:admin", CancellationToken.None)).Secret;
}
