using System.Net;

namespace GavatDashboard.Tests.Features.Security;

public sealed class SecurityMiddlewareTests
{
    [Fact]
    public async Task Headers_OnEveryAnswer_ForbidWhatIsNeverDone()
    {
        await using var host = await ConsoleHost.StartAsync();
        using var client = host.NewClient();
        foreach (var path in (string[])["/login", "/", "/api/v1/coins-read", "/health/live"])
        {
            var headers = (await client.GetAsync(new Uri(path, UriKind.Relative))).Headers;
            var policy = Assert.Single(headers.GetValues("Content-Security-Policy"));
            Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("same-origin", Assert.Single(headers.GetValues("Referrer-Policy")));
        }
    }

    [Fact]
    public async Task Https_SecureCookiesAndStrictTransport()
    {
        await using var host = await ConsoleHost.StartAsync();
        using var client = host.NewClient();
        client.BaseAddress = new Uri("https://console.example");
        var answer = await client.GetAsync(new Uri("/login", UriKind.Relative));
        Assert.Contains("max-age=", Assert.Single(answer.Headers.GetValues("Strict-Transport-Security")), StringComparison.Ordinal);
        Assert.All(answer.Headers.GetValues("Set-Cookie"), cookie => Assert.Contains("secure", cookie, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Login_TooManyAttempts_Is429WithRetryAfter()
    {
        await using var host = await ConsoleHost.StartAsync(("Security:LoginAttemptsPerMinute", "3"));
        using var browser = host.NewBrowser();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await browser.SignInAsync("nobody", "wrong")).StatusCode);
        }

        var answer = await browser.SignInAsync("admin", ConsoleHost.AdminPassword);
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Contains("too many attempts", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Api_TooManyCalls_AreCountedByCaller()
    {
        await using var host = await ConsoleHost.StartAsync(("Security:AnonymousApiRequestsPerSecond", "2"));
        using var stranger = host.NewClient();
        using var known = host.NewClient(ConsoleHost.ApiKey);
        var path = new Uri("/api/v1/coins-read", UriKind.Relative);
        var answers = new List<HttpResponseMessage>();
        for (var call = 0; call < 12; call++)
        {
            answers.Add(await stranger.GetAsync(path));
            Assert.Equal(HttpStatusCode.OK, (await known.GetAsync(path)).StatusCode);
        }

        var refused = Assert.Single(answers.GroupBy(answer => answer.StatusCode), group => group.Key == HttpStatusCode.TooManyRequests).First();
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task Login_HugeForm_IsRefused()
    {
        await using var host = await ConsoleHost.StartAsync();
        using var browser = host.NewBrowser();
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.SignInAsync("admin", new string('x', 3000))).StatusCode);
    }

    [Fact]
    public async Task Export_ForAdmins_IsCsvAndAudited()
    {
        await using var host = await ConsoleHost.StartAsync();
        await host.AddUserAsync("olga", "seven green lamps", "operator");
        using var browser = host.NewBrowser();
        await browser.SignInAsync("olga", "seven green lamps");
        Assert.Equal("/access-denied", (await browser.GetAsync("/admin/audit/export.csv")).Headers.Location!.AbsolutePath);

        using var admin = host.NewBrowser();
        await admin.SignInAsync("admin", ConsoleHost.AdminPassword);
        var answer = await admin.GetAsync("/admin/audit/export.csv?action=account.");
        Assert.Equal("text/csv", answer.Content.Headers.ContentType!.MediaType);
        var lines = (await answer.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("seq,at,actor,action", lines[0], StringComparison.Ordinal);
        Assert.Equal("audit.exported", (await host.ReadAuditAsync())[0].Action);
    }
}
