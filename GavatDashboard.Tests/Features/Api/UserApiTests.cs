using System.Net;
using GavatDashboard.Tests.App;

namespace GavatDashboard.Tests.Features.Api;

public sealed class UserApiTests(AppFixture app) : IClassFixture<AppFixture>
{
    private readonly ApiCaller api = new(app.CreateClient());

    [Fact]
    public async Task Creation_OfAUser_Is201WithItsAddress()
    {
        var answer = await api.PostAsync("/users", """{"userId":"ayse.k@home_1-2","username":"Ayşe K.","type":"creator"}""");

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal("/api/v1/users/ayse.k%40home_1-2", answer.Headers.Location?.OriginalString);
        var read = await api.GetAsync("/users/ayse.k%40home_1-2");
        Assert.Equal("Ayşe K.", read.TextOf("username"));
        Assert.Equal("creator", read.TextOf("type"));
        Assert.Equal(answer.Text, read.Text);
        Assert.Equal("creator", (await api.GetAsync("/coins/ayse.k%40home_1-2/stats")).TextOf("status"));
    }

    [Theory]
    [InlineData("710001", "710001")]
    [InlineData("-100710002", "-100710002")]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890")]
    public async Task Creation_WithANumberAsId_TakesItAsText(string number, string id)
    {
        var answer = await api.PostAsync("/users", $$"""{"userId":{{number}},"username":"n"}""");

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(id, answer.TextOf("userId"));
        Assert.Equal("member", answer.TextOf("type"));
        Assert.Equal(0, (await api.GetAsync($"/coins/{id}/balance")).NumberOf("balance"));
    }

    [Fact]
    public async Task Creation_OfAUserThatExists_Is409AndChangesNothing()
    {
        var user = await api.CreateRichUserAsync(10);
        var before = (await api.GetAsync($"/users/{user}")).Text;

        var answer = await api.PostAsync("/users", $$"""{"userId":"{{user}}","username":"another","type":"vip"}""");

        Assert.Equal((HttpStatusCode.Conflict, "user_exists"), (answer.Status, answer.Code));
        Assert.Equal(before, (await api.GetAsync($"/users/{user}")).Text);
    }

    [Fact]
    public async Task Creation_SentAtOnceByMany_HappensOnce()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => api.PostAsync("/users", """{"userId":"wanted-by-many","username":"x"}""")));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(19, answers.Count(answer => answer.Code == "user_exists"));
    }

    [Theory]
    [InlineData("""{"username":"x"}""")]
    [InlineData("""{"userId":null,"username":"x"}""")]
    [InlineData("""{"userId":"","username":"x"}""")]
    [InlineData("""{"userId":" ","username":"x"}""")]
    [InlineData("""{"userId":"a b","username":"x"}""")]
    [InlineData("""{"userId":"system:x","username":"x"}""")]
    [InlineData("""{"userId":"treasury:earn","username":"x"}""")]
    [InlineData("""{"userId":"bad/id","username":"x"}""")]
    [InlineData("""{"userId":1.5,"username":"x"}""")]
    [InlineData("""{"userId":1e3,"username":"x"}""")]
    [InlineData("""{"userId":true,"username":"x"}""")]
    [InlineData("""{"userId":{},"username":"x"}""")]
    [InlineData("""{"userId":"bad1"}""")]
    [InlineData("""{"userId":"bad1","username":""}""")]
    [InlineData("""{"userId":"bad1","username":"  "}""")]
    [InlineData("""{"userId":"bad1","username":"a\u0000b"}""")]
    [InlineData("""{"userId":"bad1","username":"a\nb"}""")]
    [InlineData("""{"userId":"bad1","username":5}""")]
    [InlineData("""{"userId":"bad1","username":"x","type":"king"}""")]
    [InlineData("""{"userId":"bad1","username":"x","type":"Member"}""")]
    [InlineData("""{"userId":"bad1","username":"x","type":0}""")]
    [InlineData("""{"userId":"bad1","username":"x","balance":1000}""")]
    public async Task Creation_OfNoUser_Is400AndMakesNone(string body)
    {
        var answer = await api.PostAsync("/users", body);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer.Code));
        Assert.Equal(HttpStatusCode.NotFound, (await api.GetAsync("/users/bad1")).Status);
    }

    [Fact]
    public async Task Creation_WithNamesThatAreTooLong_Is400()
    {
        var longName = new string('x', 65);
        Assert.Equal("invalid_request", (await api.PostAsync("/users", $$"""{"userId":"{{longName}}","username":"x"}""")).Code);
        Assert.Equal("invalid_request", (await api.PostAsync("/users", $$"""{"userId":"bad2","username":"{{longName}}"}""")).Code);
        Assert.Equal(HttpStatusCode.Created, (await api.PostAsync("/users", $$"""{"userId":"{{longName[1..]}}","username":"{{longName[1..]}}"}""")).Status);
    }

    [Fact]
    public async Task Search_ByPartOfIdOrName_FindsUsersAndNoReservedOnes()
    {
        await api.PostAsync("/users", """{"userId":"find-77","username":"Zeynep Kaya"}""");

        foreach (var q in new[] { "find-7", "FIND-77", "zeynep", "p%20KAYA" })
        {
            var answer = await api.GetAsync($"/users?q={q}");
            Assert.Contains(answer.Json.GetProperty("items").EnumerateArray(), user => user.GetProperty("userId").GetString() == "find-77");
        }

        Assert.Equal(0, (await api.GetAsync("/users?q=canary")).Json.GetProperty("items").GetArrayLength());
        Assert.Equal(0, (await api.GetAsync("/users?q=%25")).Json.GetProperty("items").GetArrayLength());
        Assert.Equal(1, (await api.GetAsync("/users?limit=1")).Json.GetProperty("items").GetArrayLength());
        foreach (var query in new[] { "limit=0", "limit=501", "limit=x", "q=%00", "q=" + new string('x', 65) })
        {
            Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), await StatusAndCodeAsync($"/users?{query}"));
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"kind":""}""")]
    [InlineData("""{"kind":"a\nb"}""")]
    [InlineData("""{"kind":5}""")]
    [InlineData("""{"kind":"login","metadata":[]}""")]
    [InlineData("""{"kind":"login","metadata":{"a":"\ud800"}}""")]
    [InlineData("""{"kind":"login","at":"yesterday"}""")]
    [InlineData("""{"kind":"login","at":"2026-01-01"}""")]
    [InlineData("""{"kind":"login","at":"2026-01-01T00:00:00"}""")]
    [InlineData("""{"kind":"login","at":"2026-02-30T00:00:00Z"}""")]
    [InlineData("""{"kind":"login","at":"0001-01-01T00:00:00+14:00"}""")]
    [InlineData("""{"kind":"login","at":"9999-12-31T23:59:59Z"}""")]
    [InlineData("""{"kind":"login","at":1767225600}""")]
    [InlineData("""{"kind":"login","when":"now"}""")]
    public async Task Activity_ThatIsNone_Is400(string body)
    {
        var user = await api.CreateUserAsync();

        var answer = await api.PostAsync($"/users/{user}/activity", body);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer.Code));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await api.GetAsync($"/users/{user}")).Json.GetProperty("lastActivityAt").ValueKind);
    }

    [Fact]
    public async Task Activity_OfNow_MovesTheLastActivity()
    {
        var user = await api.CreateUserAsync();

        Assert.Equal(HttpStatusCode.OK, (await api.PostAsync($"/users/{user}/activity", """{"kind":"login"}""")).Status);

        Assert.Equal(DateTime.UtcNow, (await api.GetAsync($"/users/{user}")).Json.GetProperty("lastActivityAt").GetDateTime(), TimeSpan.FromMinutes(1));
    }

    private async Task<(HttpStatusCode Status, string? Code)> StatusAndCodeAsync(string path)
    {
        var answer = await api.GetAsync(path);
        return (answer.Status, answer.Code);
    }
}
