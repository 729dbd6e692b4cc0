using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using GavatDashboard.Tests.App;

namespace GavatDashboard.Tests.Features.Api;

public sealed class ApiDocumentTests(AppFixture app) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Document_HoldsEveryPathOfTheCoinEconomy()
    {
        var document = await ReadAsync();

        var found = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}")).ToHashSet();
        string[] expected =
        [
            "GET /api/v1/coins/{userId}/balance", "GET /api/v1/coins/{userId}/stats", "POST /api/v1/coins/{userId}/earn", "POST /api/v1/coins/{userId}/spend",
            "POST /api/v1/coins/entries/{entryId}/reverse", "GET /api/v1/coins/{userId}/transactions", "GET /api/v1/leaderboard", "GET /api/v1/prices",
            "POST /api/v1/users", "GET /api/v1/users", "GET /api/v1/users/{userId}", "POST /api/v1/users/{userId}/activity",
        ];
        Assert.Empty(expected.Except(found));
    }

    [Fact]
    public async Task Document_DescribesEveryOperationFully()
    {
        var document = await ReadAsync();
        foreach (var path in document.GetProperty("paths").EnumerateObject().Where(path => path.Name.StartsWith("/api/v1/", StringComparison.Ordinal)))
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                var name = $"{operation.Name} {path.Name}";
                Assert.True(operation.Value.TryGetProperty("summary", out _), $"{name} has no summary.");
                Assert.True(operation.Value.TryGetProperty("security", out var security) && security.GetArrayLength() == 2, $"{name} names no way to sign in.");
                Assert.Contains("Scope: `", operation.Value.GetProperty("description").GetString(), StringComparison.Ordinal);
                var responses = operation.Value.GetProperty("responses").EnumerateObject().ToArray();
                Assert.Contains(responses, response => response.Name[0] == '2' && response.Value.GetProperty("content").EnumerateObject().Any());
                foreach (var status in new[] { "401", "403", "500" })
                {
                    var problem = Assert.Single(responses, response => response.Name == status).Value.GetProperty("content");
                    Assert.True(problem.GetProperty("application/problem+json").TryGetProperty("example", out _), $"{name} shows no example of {status}.");
                }
            }
        }
    }

    [Theory]
    [InlineData("/api/v1/coins/{userId}/earn")]
    [InlineData("/api/v1/coins/{userId}/spend")]
    [InlineData("/api/v1/coins/entries/{entryId}/reverse")]
    public async Task Document_OfWhatMovesCoins_SaysWhatADryRunIs(string path)
    {
        var operation = (await ReadAsync()).GetProperty("paths").GetProperty(path).GetProperty("post");

        var parameter = Assert.Single(operation.GetProperty("parameters").EnumerateArray(), parameter => parameter.GetProperty("name").GetString() == "dryRun");
        Assert.Equal("boolean", parameter.GetProperty("schema").GetProperty("type").GetString());
        Assert.Contains("nothing is kept", operation.GetProperty("description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Document_ResolvesAllItsReferences()
    {
        var text = await app.CreateClient(null).GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative));
        var document = JsonDocument.Parse(text).RootElement;
        foreach (Match reference in Regex.Matches(text, "\"\\$ref\":\\s*\"#/([^\"]+)\""))
        {
            var element = document;
            foreach (var part in reference.Groups[1].Value.Split('/'))
            {
                Assert.True(element.TryGetProperty(part, out element), $"{reference.Value} leads nowhere.");
            }
        }

        Assert.Equal("X-Api-Key", document.GetProperty("components").GetProperty("securitySchemes").GetProperty("ApiKey").GetProperty("name").GetString());
        Assert.Equal("bearer", document.GetProperty("components").GetProperty("securitySchemes").GetProperty("Bearer").GetProperty("scheme").GetString());
    }

    [Fact]
    public async Task Reference_IsForThoseWhoAreSignedIn()
    {
        using var stranger = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = app.Address };
        var refused = await stranger.GetAsync(new Uri("/docs", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Redirect, refused.StatusCode);
        Assert.Contains("/login", refused.Headers.Location?.OriginalString, StringComparison.Ordinal);

        using var admin = await app.SignInAsync();
        var page = await admin.GetAsync(new Uri("/docs/", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains("openapi/v1.json", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("http", string.Join(' ', page.Headers.GetValues("Content-Security-Policy")).Replace("http://localhost:*", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private async Task<JsonElement> ReadAsync() =>
        JsonDocument.Parse(await app.CreateClient(null).GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative))).RootElement;
}
