using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace GavatDashboard.Tests.App;

/// <summary>Calls the API as a program does, and checks what holds for every answer.</summary>
public sealed class ApiCaller(HttpClient client)
{
    /// <summary>Sends a GET.</summary>
    /// <param name="path">A path below <c>/api/v1</c>.</param>
    public Task<ApiAnswer> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, "/api/v1" + path));

    /// <summary>Sends a POST with a JSON body.</summary>
    /// <param name="path">A path below <c>/api/v1</c>.</param>
    /// <param name="json">The body.</param>
    /// <param name="key">The idempotency key, or null for none.</param>
    public Task<ApiAnswer> PostAsync(string path, string json, string? key = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1" + path)
        {
            Content = new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
        };
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        return SendAsync(request);
    }

    /// <summary>Sends any request.</summary>
    public async Task<ApiAnswer> SendAsync(HttpRequestMessage request)
    {
        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var answer = new ApiAnswer(response.StatusCode, text, response.Headers, response.Content.Headers.ContentType?.MediaType);
        if ((int)response.StatusCode >= 400)
        {
            Assert.Equal("application/problem+json", answer.MediaType);
            Assert.Equal((int)response.StatusCode, answer.Json.GetProperty("status").GetInt32());
            Assert.False(string.IsNullOrWhiteSpace(answer.Json.GetProperty("title").GetString()));
            Assert.False(string.IsNullOrWhiteSpace(answer.Json.GetProperty("detail").GetString()));
            Assert.StartsWith("/api/problems/", answer.Json.GetProperty("type").GetString(), StringComparison.Ordinal);
            Assert.False(string.IsNullOrWhiteSpace(answer.Json.GetProperty("traceId").GetString()));
            Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        }

        return answer;
    }

    /// <summary>Registers a user with a new id.</summary>
    public async Task<string> CreateUserAsync(string? type = null)
    {
        var id = $"u-{Guid.NewGuid():N}"[..20];
        var answer = await PostAsync("/users", JsonSerializer.Serialize(new { userId = id, username = $"name {id}", type = type ?? "member" }));
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        return id;
    }

    /// <summary>Registers a user and gives it coins that no daily limit counts.</summary>
    public async Task<string> CreateRichUserAsync(long coins)
    {
        var id = await CreateUserAsync();
        var answer = await PostAsync($"/coins/{id}/earn", $$"""{"type":"earn_purchase","amount":{{coins}}}""");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return id;
    }

    /// <summary>Everything about a user that a refused request must leave as it was.</summary>
    public async Task<string> PhotographAsync(string userId)
    {
        var stats = await GetAsync($"/coins/{userId}/stats");
        var balance = await GetAsync($"/coins/{userId}/balance");
        var entries = await GetAsync($"/coins/{userId}/transactions?limit=500");
        Assert.Equal(HttpStatusCode.OK, stats.Status);
        return string.Join('\n', stats.Json.GetProperty("balance"), balance.Json.GetProperty("balance"), stats.Json.GetProperty("totals"),
            stats.Json.GetProperty("limits"), stats.Json.GetProperty("tier"), entries.Json.GetProperty("items"));
    }
}

/// <summary>An answer of the API.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Text">The body.</param>
/// <param name="Headers">The headers.</param>
/// <param name="MediaType">The body's media type, or null.</param>
public sealed record ApiAnswer(HttpStatusCode Status, string Text, HttpResponseHeaders Headers, string? MediaType)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    /// <summary>A problem's code, or null.</summary>
    public string? Code => Json.TryGetProperty("code", out var code) ? code.GetString() : null;

    /// <summary>A property's text.</summary>
    public string? TextOf(string name) => Json.GetProperty(name).GetString();

    /// <summary>A property's number.</summary>
    public long NumberOf(string name) => Json.GetProperty(name).GetInt64();
}
