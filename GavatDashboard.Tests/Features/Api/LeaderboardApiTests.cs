using System.Net;
using System.Text.Json;
using GavatDashboard.Tests.App;

namespace GavatDashboard.Tests.Features.Api;

public sealed class LeaderboardApiTests(AppFixture app) : IClassFixture<AppFixture>
{
    private readonly ApiCaller api = new(app.CreateClient());

    [Fact]
    public async Task Leaderboard_ByEachOrderAndPeriod_RanksUsers()
    {
        var rich = await api.CreateRichUserAsync(90_000);
        var richer = await api.CreateRichUserAsync(95_000);
        Assert.Equal(HttpStatusCode.OK, (await api.PostAsync($"/coins/{richer}/spend", """{"type":"spend_admin","amount":94000}""")).Status);
        foreach (var period in new[] { "all", "month", "week" })
        {
            await WaitForFirstAsync($"/leaderboard?by=balance&period={period}&limit=2", rich, 90_000);
            await WaitForFirstAsync($"/leaderboard?by=earned&period={period}&limit=2", richer, 95_000);
            await WaitForFirstAsync($"/leaderboard?by=spent&period={period}&limit=2", richer, 94_000);
        }

        var answer = await api.GetAsync($"/leaderboard?userId={rich}");
        Assert.Equal("balance", answer.TextOf("by"));
        Assert.Equal("all", answer.TextOf("period"));
        Assert.Equal(rich, answer.Json.GetProperty("own").GetProperty("userId").GetString());
        Assert.Equal(1, answer.Json.GetProperty("own").GetProperty("rank").GetInt64());
        Assert.Equal("platinum", answer.Json.GetProperty("own").GetProperty("tier").GetString());
        Assert.Contains(answer.Json.GetProperty("neighbours").EnumerateArray(), row => row.GetProperty("userId").GetString() == richer);
        Assert.DoesNotContain("system:", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OwnRank_AmongManyEquals_IsFound()
    {
        var users = new List<string>();
        for (var i = 0; i < 12; i++)
        {
            users.Add(await api.CreateRichUserAsync(777));
        }

        var ranks = new HashSet<long>();
        foreach (var user in users)
        {
            var own = (await api.GetAsync($"/leaderboard?by=earned&userId={user}")).Json.GetProperty("own");
            Assert.Equal(user, own.GetProperty("userId").GetString());
            Assert.Equal(777, own.GetProperty("value").GetInt64());
            ranks.Add(own.GetProperty("rank").GetInt64());
        }

        Assert.Single(ranks);
    }

    [Theory]
    [InlineData("by=luck")]
    [InlineData("by=Balance")]
    [InlineData("period=day")]
    [InlineData("limit=0")]
    [InlineData("limit=1001")]
    [InlineData("limit=many")]
    public async Task Leaderboard_WithABadQuery_Is400(string query)
    {
        var answer = await api.GetAsync($"/leaderboard?{query}");
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Leaderboard_OfAnUnknownUser_Is404()
    {
        var answer = await api.GetAsync("/leaderboard?userId=nobody-here");
        Assert.Equal((HttpStatusCode.NotFound, "unknown_user"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Prices_ByDefault_AreThoseOfTheSpecification()
    {
        var answer = await api.GetAsync("/prices");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(0, answer.NumberOf("version"));
        var prices = answer.Json.GetProperty("prices").EnumerateArray().ToDictionary(price => price.GetProperty("type").GetString()!);
        Assert.Equal(13, prices.Count);
        Assert.Equal(20, prices["earn_referral"].GetProperty("amount").GetInt64());
        Assert.Equal("earn", prices["earn_referral"].GetProperty("direction").GetString());
        Assert.Equal(100, prices["spend_group"].GetProperty("amount").GetInt64());
        Assert.Equal(JsonValueKind.Null, prices["earn_bonus"].GetProperty("amount").ValueKind);
        Assert.Equal("""{"earnPerDay":100,"spendPerDay":500,"messagesPerDay":20}""", answer.Json.GetProperty("limits").GetRawText());
        Assert.Equal("""{"bronze":0,"silver":500,"gold":2000,"platinum":5000}""", answer.Json.GetProperty("tiers").GetRawText());
    }

    /// <summary>The leaderboard's cache may follow the ledger by a moment.</summary>
    private async Task WaitForFirstAsync(string path, string userId, long value)
    {
        var deadline = DateTime.UtcNow.AddSeconds(10);
        while (true)
        {
            var answer = await api.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            var first = answer.Json.GetProperty("items").EnumerateArray().FirstOrDefault();
            if (first.ValueKind == JsonValueKind.Object && first.GetProperty("userId").GetString() == userId && first.GetProperty("value").GetInt64() == value)
            {
                Assert.Equal(1, first.GetProperty("rank").GetInt64());
                return;
            }

            Assert.True(DateTime.UtcNow < deadline, $"{path} is {answer.Text}");
            await Task.Delay(50);
        }
    }
}
