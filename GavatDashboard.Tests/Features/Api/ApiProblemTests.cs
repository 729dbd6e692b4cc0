using System.Net;
using System.Net.Http.Headers;
using System.Text;
using GavatDashboard.Tests.App;

namespace GavatDashboard.Tests.Features.Api;

/// <summary>Requests that no endpoint can serve: each is answered with a problem that says what to do.</summary>
public sealed class ApiProblemTests(AppFixture app) : IClassFixture<AppFixture>
{
    private readonly ApiCaller api = new(app.CreateClient());

    [Fact]
    public async Task UnknownPath_WithAKey_Is404()
    {
        foreach (var path in new[] { "/nothing", "/coins", "/coins/a/b/c", "/leaderboard/x", "" })
        {
            var answer = await api.GetAsync(path);
            Assert.Equal((HttpStatusCode.NotFound, "not_found"), (answer.Status, answer.Code));
        }
    }

    [Theory]
    [InlineData("DELETE", "/coins/u/balance")]
    [InlineData("POST", "/coins/u/balance")]
    [InlineData("GET", "/coins/u/earn")]
    [InlineData("PUT", "/users/u")]
    [InlineData("POST", "/prices")]
    public async Task WrongMethod_Is405AndNamesTheRightOnes(string method, string path)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), "/api/v1" + path);

        var answer = await api.SendAsync(request);

        Assert.Equal((HttpStatusCode.MethodNotAllowed, "method_not_allowed"), (answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/xml")]
    [InlineData(null)]
    public async Task WrongMediaType_Is415(string? mediaType)
    {
        var user = await api.CreateRichUserAsync(10);
        var before = await api.PhotographAsync(user);
        foreach (var path in new[] { $"/coins/{user}/earn", $"/coins/{user}/spend", $"/coins/entries/{Guid.NewGuid()}/reverse", "/users", $"/users/{user}/activity" })
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1" + path) { Content = new ByteArrayContent("""{"type":"earn_task"}"""u8.ToArray()) };
            request.Content.Headers.ContentType = mediaType is null ? null : new MediaTypeHeaderValue(mediaType);

            var answer = await api.SendAsync(request);

            Assert.Equal((HttpStatusCode.UnsupportedMediaType, "unsupported_media_type"), (answer.Status, answer.Code));
        }

        Assert.Equal(before, await api.PhotographAsync(user));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{")]
    [InlineData("nonsense")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("\"earn_task\"")]
    [InlineData("{\"type\":\"earn_task\"} x")]
    [InlineData("{\"type\":\"earn_task\",}")]
    [InlineData("{\"type\":5}")]
    [InlineData("{\"type\":\"earn_task\",\"type\":\"earn_share\"}")]
    [InlineData("{\"type\":\"earn_bonus\",\"amount\":1,\"amount\":2}")]
    [InlineData("{\"type\":\"earn_bonus\",\"amount\":01}")]
    [InlineData("{\"type\":\"earn_bonus\",\"amount\":NaN}")]
    [InlineData("{\"type\":\"earn_task\",\"ammount\":3}")]
    [InlineData("{\"type\":\"earn_task\",\"description\":5}")]
    [InlineData("{\"type\":\"earn_task\",\"description\":\"\\ud800\"}")]
    [InlineData("{\"type\":\"earn_task\",\"description\":\"a\\u0000b\"}")]
    [InlineData("{\"type\":\"earn_task\",\"relatedUserId\":1.5}")]
    [InlineData("{\"type\":\"earn_task\",\"relatedUserId\":\"a b\"}")]
    [InlineData("{\"type\":\"earn_task\",\"relatedUserId\":\"\"}")]
    [InlineData("{\"type\":\"earn_task\",\"relatedUserId\":\"treasury:earn\"}")]
    [InlineData("{\"type\":\"earn_task\",\"metadata\":[]}")]
    [InlineData("{\"type\":\"earn_task\",\"metadata\":\"x\"}")]
    [InlineData("{\"type\":\"earn_task\",\"metadata\":1}")]
    [InlineData("{\"type\":\"earn_task\",\"metadata\":{\"a\":\"\\ud800\"}}")]
    [InlineData("{\"type\":\"earn_task\",\"metadata\":{\"a\":\"\\u0000\"}}")]
    [InlineData("{\"type\":\"earn_task\",\"metadata\":{\"\\udc00\":1}}")]
    public async Task Body_ThatIsNotWhatIsExpected_Is400AndChangesNothing(string body)
    {
        var user = await api.CreateRichUserAsync(10);
        var before = await api.PhotographAsync(user);

        var answer = await api.PostAsync($"/coins/{user}/earn", body);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer.Code));
        Assert.Equal(before, await api.PhotographAsync(user));
    }

    [Fact]
    public async Task Body_ThatIsNoJson_IsToldWhere()
    {
        var user = await api.CreateUserAsync();

        var answer = await api.PostAsync($"/coins/{user}/earn", "{\n  \"type\": 5\n}");

        Assert.Equal("$.type", answer.TextOf("path"));
        Assert.Equal(2, answer.NumberOf("line"));
    }

    [Fact]
    public async Task Body_WithBrokenUtf8OrTooDeep_Is400()
    {
        var user = await api.CreateUserAsync();
        var deep = "{\"type\":\"earn_task\",\"metadata\":" + string.Concat(Enumerable.Repeat("{\"a\":", 200)) + "1" + new string('}', 201);
        foreach (var bytes in new[] { [.. "{\"type\":\"earn_task\",\"description\":\""u8, 0xC3, 0x28, (byte)'"', (byte)'}'], Encoding.UTF8.GetBytes(deep) })
        {
            var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/coins/{user}/earn") { Content = new ByteArrayContent(bytes) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

            var answer = await api.SendAsync(request);

            Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer.Code));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Body_OverTheLimit_Is413(bool isChunked)
    {
        var user = await api.CreateRichUserAsync(10);
        var before = await api.PhotographAsync(user);
        var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/coins/{user}/earn")
        {
            Content = new StringContent($$"""{"type":"earn_task","description":"{{new string('x', 70_000)}}"}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.TransferEncodingChunked = isChunked;

        var answer = await api.SendAsync(request);

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "body_too_large"), (answer.Status, answer.Code));
        Assert.Equal(before, await api.PhotographAsync(user));
    }

    [Fact]
    public async Task TextsThatAreTooLong_Are400()
    {
        var user = await api.CreateUserAsync();
        var bodies = new[]
        {
            $$"""{"type":"earn_task","description":"{{new string('x', 501)}}"}""",
            $$"""{"type":"earn_task","relatedUserId":"{{new string('x', 65)}}"}""",
            $$$"""{"type":"earn_task","metadata":{"a":"{{{new string('x', 8_200)}}}"}}""",
        };
        foreach (var body in bodies)
        {
            var answer = await api.PostAsync($"/coins/{user}/earn", body);
            Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer.Code));
        }

        Assert.Equal(0, (await api.GetAsync($"/coins/{user}/balance")).NumberOf("balance"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("ключ")]
    [InlineData("x201")]
    public async Task IdempotencyKey_ThatIsNone_Is400(string key)
    {
        var user = await api.CreateUserAsync();

        var answer = await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_task"}""", key == "x201" ? new string('k', 201) : key);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer.Code));
        Assert.Equal(0, (await api.GetAsync($"/coins/{user}/balance")).NumberOf("balance"));
    }

    [Theory]
    [InlineData("dryRun=1")]
    [InlineData("dryRun=yes")]
    [InlineData("dryRun=true&dryRun=false")]
    public async Task DryRun_ThatIsUnclear_Is400AndPostsNothing(string query)
    {
        var user = await api.CreateUserAsync();

        var answer = await api.PostAsync($"/coins/{user}/earn?{query}", """{"type":"earn_task"}""");

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer.Code));
        Assert.Equal(0, (await api.GetAsync($"/coins/{user}/balance")).NumberOf("balance"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("not-a-key-that-anybody-knows")]
    public async Task Call_WithoutAKnownKey_Is401(string? key)
    {
        var user = await api.CreateRichUserAsync(10);
        var before = await api.PhotographAsync(user);
        var stranger = new ApiCaller(app.CreateClient(key));
        var answers = new[]
        {
            await stranger.GetAsync($"/coins/{user}/balance"),
            await stranger.GetAsync("/leaderboard"),
            await stranger.GetAsync("/prices"),
            await stranger.GetAsync("/users"),
            await stranger.GetAsync("/nothing"),
            await stranger.PostAsync($"/coins/{user}/earn", """{"type":"earn_task"}"""),
            await stranger.PostAsync("/users", """{"userId":"stranger","username":"stranger"}"""),
        };

        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.Unauthorized, "unauthenticated"), (answer.Status, answer.Code)));
        Assert.Equal(before, await api.PhotographAsync(user));
    }

    [Fact]
    public async Task Call_WithABearerToken_IsServed()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/prices");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AppFixture.ApiKey);

        Assert.Equal(HttpStatusCode.OK, (await new ApiCaller(app.CreateClient(null)).SendAsync(request)).Status);
    }

    [Fact]
    public async Task Call_WithoutTheScope_Is403AndNamesIt()
    {
        var user = await api.CreateRichUserAsync(10);
        var before = await api.PhotographAsync(user);
        var entry = (await api.GetAsync($"/coins/{user}/transactions")).Json.GetProperty("items")[0].GetProperty("entryId").GetString();
        var reader = new ApiCaller(app.CreateClient(await app.CreateKeyAsync("coins:read")));
        var writer = new ApiCaller(app.CreateClient(await app.CreateKeyAsync("coins:write")));

        Assert.Equal(HttpStatusCode.OK, (await reader.GetAsync($"/coins/{user}/balance")).Status);
        await ForbiddenAsync(reader.PostAsync($"/coins/{user}/earn", """{"type":"earn_task"}"""), "coins:write");
        await ForbiddenAsync(reader.GetAsync("/users"), "users:read");
        await ForbiddenAsync(reader.PostAsync("/users", """{"userId":"x1","username":"x"}"""), "users:write");
        await ForbiddenAsync(writer.GetAsync($"/coins/{user}/balance"), "coins:read");
        await ForbiddenAsync(writer.PostAsync($"/coins/entries/{entry}/reverse", """{"reason":"x"}"""), "admin");
        await ForbiddenAsync(writer.PostAsync($"/coins/{user}/earn", """{"type":"earn_admin","amount":5}"""), "admin");
        await ForbiddenAsync(writer.PostAsync($"/coins/{user}/spend", """{"type":"spend_admin","amount":5}"""), "admin");
        await ForbiddenAsync(writer.PostAsync($"/coins/{user}/spend?dryRun=true", """{"type":"spend_admin","amount":5}"""), "admin");
        Assert.Equal(before, await api.PhotographAsync(user));
        Assert.Equal(HttpStatusCode.OK, (await writer.PostAsync($"/coins/{user}/earn", """{"type":"earn_task"}""")).Status);
    }

    [Fact]
    public async Task Problems_AreDescribedWhereTheirTypeSays()
    {
        var answer = await api.GetAsync("/coins/nobody-here/balance");
        var client = app.CreateClient(null);

        var description = await client.GetStringAsync(new Uri(answer.TextOf("type")!, UriKind.Relative));

        Assert.Contains("\"unknown_user\"", description, StringComparison.Ordinal);
        Assert.Contains("\"daily_limit\"", await client.GetStringAsync(new Uri("/api/problems", UriKind.Relative)), StringComparison.Ordinal);
    }

    private static async Task ForbiddenAsync(Task<ApiAnswer> call, string scope)
    {
        var answer = await call;
        Assert.Equal((HttpStatusCode.Forbidden, "forbidden"), (answer.Status, answer.Code));
        Assert.Contains($"'{scope}'", answer.TextOf("detail"), StringComparison.Ordinal);
    }
}
