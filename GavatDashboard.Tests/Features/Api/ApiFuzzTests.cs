using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using GavatDashboard.Tests.App;

namespace GavatDashboard.Tests.Features.Api;

/// <summary>Seeded nonsense: whatever is sent, the answer is never our fault, and the ledger adds up afterwards.</summary>
public sealed class ApiFuzzTests(AppFixture app) : IClassFixture<AppFixture>
{
    private const int CallsASeed = 600;

    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "1", "5", "1.5", "1e400", "-0", "9223372036854775808", "\"\"", "\" \"", "\"x\"", "\"earn_task\"", "\"earn_bonus\"", "\"spend_content\"",
        "\"spend_admin\"", "\"reversal\"", "\"\\ud83d\\ude00\"", "\"\\ud800\"", "\"\\u0000\"", "\"' OR 1=1 --\"", "\"<script>alert(1)</script>\"", "\"../../etc/passwd\"", "\"$(id)\"",
        "{}", "[]", "{\"a\":{\"b\":[1,2,{\"c\":null}]}}", "[[[[[[[[]]]]]]]]", "{\"$where\":\"1\"}", "\"2026-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59+00:00\"", "\"İıŞş\"", "{\"\":1}", "{\"__proto__\":{}}",
    ];

    private static readonly string[] Names = ["type", "amount", "description", "relatedUserId", "metadata", "reason", "userId", "username", "kind", "at", "Type", "x"];

    private readonly ApiCaller api = new(app.CreateClient());

    [Theory]
    [InlineData(1)]
    [InlineData(20_250_529)]
    [InlineData(77_777)]
    public async Task Nonsense_IsNeverAnsweredWith5xx(int seed)
    {
        var random = new Random(seed);
        var users = new[] { await api.CreateRichUserAsync(500), await api.CreateRichUserAsync(500) };
        for (var call = 0; call < CallsASeed; call++)
        {
            using var request = NextRequest(random, users);
            var described = $"seed {seed}, call {call}: {request.Method} {request.RequestUri} {(request.Content is null ? null : await request.Content.ReadAsStringAsync())}";

            var answer = await api.SendAsync(request);

            Assert.True((int)answer.Status < 500, $"{described}\n-> {answer.Status} {answer.Text}");
        }

        foreach (var user in users)
        {
            await AssertAddsUpAsync(user);
        }
    }

    private async Task AssertAddsUpAsync(string user)
    {
        var balance = (await api.GetAsync($"/coins/{user}/balance")).NumberOf("balance");
        var sum = 0L;
        for (string? next = ""; next is not null;)
        {
            var page = await api.GetAsync($"/coins/{user}/transactions?limit=500&before={next}");
            Assert.Equal(HttpStatusCode.OK, page.Status);
            sum += page.Json.GetProperty("items").EnumerateArray().Sum(entry => entry.GetProperty("amount").GetInt64());
            next = page.TextOf("next");
        }

        Assert.Equal(sum, balance);
        Assert.True(balance >= 0);
    }

    private static HttpRequestMessage NextRequest(Random random, string[] users)
    {
        var user = random.Next(6) == 0 ? Pick(random, "nobody", "%F0%9F%98%80", "a%20b", "system:canary", new string('a', 300)) : Pick(random, users);
        var path = Pick(
            random,
            $"/coins/{user}/earn", $"/coins/{user}/spend", $"/coins/{user}/earn?dryRun=true", $"/coins/{user}/spend", "/users", $"/users/{user}/activity",
            $"/coins/entries/{Guid.CreateVersion7()}/reverse", $"/coins/{user}/transactions", "/leaderboard", "/users?q");
        if (path.EndsWith("transactions", StringComparison.Ordinal) || path.StartsWith("/leaderboard", StringComparison.Ordinal) || path.StartsWith("/users?", StringComparison.Ordinal))
        {
            return new HttpRequestMessage(HttpMethod.Get, $"/api/v1{path.Split('?')[0]}?{NextQuery(random)}");
        }

        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1" + path) { Content = new ByteArrayContent(NextBody(random)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (random.Next(3) == 0)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", Pick(random, "k1", "k2", "k3", " ", "é", new string('k', 300)));
        }

        return request;
    }

    private static string NextQuery(Random random) => string.Join('&', Enumerable.Range(0, random.Next(1, 4)).Select(_ =>
        Pick(random, "limit", "before", "type", "by", "period", "q", "userId", "x") + "="
        + Uri.EscapeDataString(Pick(random, "", "0", "1", "-5", "501", "week", "earned", "earn_task", "%", "_", "'", "\"", "\0", "\ud83d\ude00", "0197198a-1f00-7c2e-9a53-0b8f4f1f2a11", "[1]", "*:*", new string('z', 200)))));

    private static byte[] NextBody(Random random)
    {
        var names = random.GetItems(Names, random.Next(0, 5)).Distinct();
        var json = "{" + string.Join(',', names.Select(name => $"{JsonSerializer.Serialize(name)}:{NextValue(random, name)}")) + "}";
        var bytes = Encoding.UTF8.GetBytes(json);
        switch (random.Next(8))
        {
            case 0:
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                return bytes;
            case 1:
                return bytes[..random.Next(bytes.Length)];
            case 2:
                random.NextBytes(bytes);
                return bytes;
            default:
                return bytes;
        }
    }

    /// <summary>Sensible half of the time, so that the nonsense around it gets past the first check.</summary>
    private static string NextValue(Random random, string name) => (name, random.Next(2)) switch
    {
        ("type", 0) => Pick(random, "\"earn_task\"", "\"earn_bonus\"", "\"spend_content\"", "\"spend_admin\"", "\"earn_admin\""),
        ("amount", 0) => Pick(random, "1", "7", "1000000000000"),
        ("metadata", 0) => "{\"a\":" + Pick(random, Values) + "}",
        ("userId", 0) => $"\"f{random.Next(50)}\"",
        ("username", 0) => "\"fuzz\"",
        ("kind", 0) => "\"login\"",
        ("reason", 0) => "\"because\"",
        _ => Pick(random, Values),
    };

    private static string Pick(Random random, params string[] choices) => choices[random.Next(choices.Length)];
}
