using System.Net;
using System.Text.Json;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Audit;
using GavatDashboard.Tests.App;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Api;

/// <summary>What the coin paths promise, whatever the primary store is. Each refusal is shown to change nothing.</summary>
public abstract class CoinApiContract(AppFixture app)
{
    private const long LargestAmount = 1_000_000_000_000;

    private readonly ApiCaller api = new(app.CreateClient());

    protected abstract string PrimarySource { get; }

    [Theory]
    [InlineData("earn", "earn_referral", 20)]
    [InlineData("earn", "earn_task", 5)]
    [InlineData("earn", "earn_message", 1)]
    [InlineData("earn", "earn_group_join", 10)]
    [InlineData("earn", "earn_share", 3)]
    [InlineData("spend", "spend_message", -5)]
    [InlineData("spend", "spend_content", -10)]
    [InlineData("spend", "spend_group", -100)]
    [InlineData("spend", "spend_special", -50)]
    public async Task Posting_WithoutAmount_MovesThePrice(string direction, string type, long expected)
    {
        var user = await api.CreateRichUserAsync(1_000);

        var answer = await api.PostAsync($"/coins/{user}/{direction}", $$"""{"type":"{{type}}"}""");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(expected, answer.NumberOf("amount"));
        Assert.Equal(1_000 + expected, answer.NumberOf("balanceAfter"));
        Assert.Equal(1_000 + expected, (await api.GetAsync($"/coins/{user}/balance")).NumberOf("balance"));
    }

    [Fact]
    public async Task Posting_WithEverything_GivesItAllBack()
    {
        var user = await api.CreateRichUserAsync(100);
        const string Body = """{ "type": "spend_message", "amount": 7, "description": "<b>to</b> ayşe", "relatedUserId": 1001, "metadata": { "a": [1, {"b": null}] } }""";

        var answer = await api.PostAsync($"/coins/{user}/spend", Body, "full-" + user);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var entry = answer.Json;
        Assert.Equal(user, answer.TextOf("userId"));
        Assert.Equal("spend_message", answer.TextOf("type"));
        Assert.Equal(-7, answer.NumberOf("amount"));
        Assert.Equal(93, answer.NumberOf("balanceAfter"));
        Assert.Equal("<b>to</b> ayşe", answer.TextOf("description"));
        Assert.DoesNotContain("<b>", answer.Text, StringComparison.Ordinal);
        Assert.Equal("1001", answer.TextOf("relatedUserId"));
        Assert.Equal("""{"a":[1,{"b":null}]}""", entry.GetProperty("metadata").GetRawText());
        Assert.Equal(JsonValueKind.Null, entry.GetProperty("reversalOf").ValueKind);
        Assert.Equal("full-" + user, answer.TextOf("idempotencyKey"));
        Assert.Equal("full-" + user, Assert.Single(answer.Headers.GetValues("Idempotency-Key")));
        Assert.Equal("key:bootstrap", answer.TextOf("actor"));
        Assert.True(answer.NumberOf("epoch") >= 1);
        Assert.False(entry.GetProperty("replayed").GetBoolean());
        Assert.EndsWith("Z", answer.TextOf("effectiveAt"), StringComparison.Ordinal);
        Assert.EndsWith("Z", answer.TextOf("recordedAt"), StringComparison.Ordinal);
        var listed = (await api.GetAsync($"/coins/{user}/transactions?limit=1")).Json.GetProperty("items")[0];
        Assert.Equal(answer.TextOf("entryId"), listed.GetProperty("entryId").GetString());
    }

    [Fact]
    public async Task Posting_WithoutKey_MakesOneThatReplays()
    {
        var user = await api.CreateUserAsync();
        var first = await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_task"}""");
        var key = Assert.Single(first.Headers.GetValues("Idempotency-Key"));

        var again = await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_task"}""", key);

        Assert.Equal(first.TextOf("idempotencyKey"), key);
        Assert.True(again.Json.GetProperty("replayed").GetBoolean());
        Assert.Equal(first.TextOf("entryId"), again.TextOf("entryId"));
        Assert.Equal(5, (await api.GetAsync($"/coins/{user}/balance")).NumberOf("balance"));
    }

    [Fact]
    public async Task Posting_RepeatedWithOtherWhiteSpace_IsTheSameRequest()
    {
        var user = await api.CreateUserAsync();
        var first = await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_task","metadata":{"a":1}}""", "ws-" + user);

        var again = await api.PostAsync($"/coins/{user}/earn", """{ "metadata": { "a" : 1 }, "type": "earn_task" }""", "ws-" + user);

        Assert.Equal(HttpStatusCode.OK, again.Status);
        Assert.Equal(first.TextOf("entryId"), again.TextOf("entryId"));
    }

    [Theory]
    [InlineData("earn", """{"type":"earn_task","amount":6}""")]
    [InlineData("earn", """{"type":"earn_task","description":"other"}""")]
    [InlineData("earn", """{"type":"earn_share"}""")]
    [InlineData("spend", """{"type":"spend_content"}""")]
    public async Task Posting_WithAUsedKeyAndAnotherBody_Is409(string direction, string body)
    {
        var user = await api.CreateRichUserAsync(100);
        var key = "reuse-" + user;
        Assert.Equal(HttpStatusCode.OK, (await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_task"}""", key)).Status);

        await RefusedAsync(user, () => api.PostAsync($"/coins/{user}/{direction}", body, key), HttpStatusCode.Conflict, "key_reuse");
    }

    [Fact]
    public async Task Posting_WithAUsedKeyForAnotherUser_Is409()
    {
        var first = await api.CreateUserAsync();
        var second = await api.CreateUserAsync();
        await api.PostAsync($"/coins/{first}/earn", """{"type":"earn_task"}""", "shared-" + first);

        await RefusedAsync(second, () => api.PostAsync($"/coins/{second}/earn", """{"type":"earn_task"}""", "shared-" + first), HttpStatusCode.Conflict, "key_reuse");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("-9223372036854775808")]
    [InlineData("9223372036854775807")]
    [InlineData("9223372036854775808")]
    [InlineData("1000000000001")]
    [InlineData("1e400")]
    [InlineData("1e2")]
    [InlineData("1.0")]
    [InlineData("0.5")]
    [InlineData("\"5\"")]
    [InlineData("true")]
    [InlineData("{}")]
    [InlineData("[5]")]
    public async Task Posting_OfNoAmount_Is422(string amount)
    {
        var user = await api.CreateRichUserAsync(100);
        foreach (var (direction, type) in new[] { ("earn", "earn_bonus"), ("spend", "spend_content") })
        {
            await RefusedAsync(
                user,
                () => api.PostAsync($"/coins/{user}/{direction}", $$"""{"type":"{{type}}","amount":{{amount}}}"""),
                HttpStatusCode.UnprocessableEntity,
                "invalid_amount");
        }
    }

    [Fact]
    public async Task Posting_OfATypeWithoutPrice_NeedsAnAmount()
    {
        var user = await api.CreateUserAsync();
        await RefusedAsync(
            user, () => api.PostAsync($"/coins/{user}/earn", """{"type":"earn_bonus"}"""), HttpStatusCode.UnprocessableEntity, "invalid_amount");
        await RefusedAsync(
            user, () => api.PostAsync($"/coins/{user}/earn", """{"type":"earn_bonus","amount":null}"""), HttpStatusCode.UnprocessableEntity, "invalid_amount");
    }

    [Fact]
    public async Task Posting_OfTheLargestAmount_IsExact()
    {
        var user = await api.CreateRichUserAsync(LargestAmount);
        await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_task"}""");

        Assert.Equal(LargestAmount + 5, (await api.GetAsync($"/coins/{user}/balance")).NumberOf("balance"));
    }

    [Theory]
    [InlineData("earn", "\"earn_nothing\"")]
    [InlineData("earn", "\"EARN_TASK\"")]
    [InlineData("earn", "\"spend_content\"")]
    [InlineData("earn", "\"reversal\"")]
    [InlineData("earn", "\"\"")]
    [InlineData("earn", "null")]
    [InlineData("spend", "\"earn_task\"")]
    [InlineData("spend", "\"reversal\"")]
    public async Task Posting_OfAnUnknownType_Is422(string direction, string type)
    {
        var user = await api.CreateRichUserAsync(100);
        await RefusedAsync(
            user, () => api.PostAsync($"/coins/{user}/{direction}", $$"""{"type":{{type}},"amount":5}"""), HttpStatusCode.UnprocessableEntity, "unknown_type");
    }

    [Fact]
    public async Task Spending_MoreThanThereIs_Is422AndSaysTheBalance()
    {
        var user = await api.CreateRichUserAsync(9);

        var answer = await RefusedAsync(
            user, () => api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""", "poor-" + user), HttpStatusCode.UnprocessableEntity, "insufficient_funds");
        Assert.Equal(9, answer.NumberOf("balance"));
        Assert.Equal(10, answer.NumberOf("required"));

        // The answer stays the same under its key, even when the account could pay by now.
        await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_task"}""");
        await RefusedAsync(
            user, () => api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""", "poor-" + user), HttpStatusCode.UnprocessableEntity, "insufficient_funds");
    }

    [Theory]
    [InlineData("earn", "earn_bonus", 98, 3, "earn", 100)]
    [InlineData("spend", "spend_content", 495, 10, "spend", 500)]
    public async Task DailyLimit_WhenPassed_Is422WithTheFigures(string direction, string type, long first, long second, string limit, long allowed)
    {
        var user = await api.CreateRichUserAsync(10_000);
        Assert.Equal(HttpStatusCode.OK, (await api.PostAsync($"/coins/{user}/{direction}", $$"""{"type":"{{type}}","amount":{{first}}}""")).Status);

        var answer = await RefusedAsync(
            user,
            () => api.PostAsync($"/coins/{user}/{direction}", $$"""{"type":"{{type}}","amount":{{second}}}"""),
            HttpStatusCode.UnprocessableEntity,
            "daily_limit");

        Assert.Equal(limit, answer.TextOf("limit"));
        Assert.Equal(allowed, answer.NumberOf("allowed"));
        Assert.Equal(first, answer.NumberOf("used"));
        Assert.Equal(second, answer.NumberOf("required"));
        Assert.Equal(DateTime.UtcNow.Date.AddDays(1), answer.Json.GetProperty("resetsAt").GetDateTime(), TimeSpan.FromDays(1));
        Assert.Equal(HttpStatusCode.OK, (await api.PostAsync($"/coins/{user}/{direction}", $$"""{"type":"{{type}}","amount":{{allowed - first}}}""")).Status);
    }

    [Fact]
    public async Task DailyLimit_OfMessages_CountsBothDirections()
    {
        var user = await api.CreateRichUserAsync(1_000);
        for (var i = 0; i < 20; i++)
        {
            var (direction, type) = i % 2 == 0 ? ("earn", "earn_message") : ("spend", "spend_message");
            Assert.Equal(HttpStatusCode.OK, (await api.PostAsync($"/coins/{user}/{direction}", $$"""{"type":"{{type}}"}""")).Status);
        }

        var answer = await RefusedAsync(
            user, () => api.PostAsync($"/coins/{user}/earn", """{"type":"earn_message"}"""), HttpStatusCode.UnprocessableEntity, "daily_limit");
        Assert.Equal("messages", answer.TextOf("limit"));
        Assert.Equal(20, answer.NumberOf("used"));
        var limits = (await api.GetAsync($"/coins/{user}/stats")).Json.GetProperty("limits");
        Assert.Equal(0, limits.GetProperty("messages").GetProperty("remaining").GetInt64());
        Assert.Equal(10, limits.GetProperty("earn").GetProperty("used").GetInt64());
        Assert.Equal(50, limits.GetProperty("spend").GetProperty("used").GetInt64());
    }

    [Fact]
    public async Task DailyLimit_OfParallelCallers_IsNeverPassed()
    {
        var user = await api.CreateUserAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => api.PostAsync($"/coins/{user}/earn", """{"type":"earn_bonus","amount":10}""")));

        Assert.Equal(10, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => Assert.Equal("daily_limit", answer.Code));
        Assert.Equal(100, (await api.GetAsync($"/coins/{user}/balance")).NumberOf("balance"));
    }

    [Fact]
    public async Task Posting_SentFiftyTimesAtOnce_HappensOnce()
    {
        var user = await api.CreateRichUserAsync(100);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50)
            .Select(_ => api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content","metadata":{"n":1}}""", "burst-" + user)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Single(answers.Select(answer => answer.TextOf("entryId")).Distinct());
        Assert.Single(answers.Select(answer => answer.NumberOf("balanceAfter")).Distinct());
        Assert.Single(answers, answer => !answer.Json.GetProperty("replayed").GetBoolean());
        Assert.Equal(90, (await api.GetAsync($"/coins/{user}/balance")).NumberOf("balance"));
        Assert.Equal(2, (await api.GetAsync($"/coins/{user}/transactions")).Json.GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("nobody-here")]
    [InlineData("system:canary")]
    [InlineData("treasury:earn")]
    [InlineData("%20")]
    [InlineData("a%2Fb")]
    [InlineData("%F0%9F%92%B0")]
    [InlineData("<script>")]
    public async Task AnyPath_OfAnUnknownUser_Is404(string userId)
    {
        var answers = new[]
        {
            await api.GetAsync($"/coins/{userId}/balance"),
            await api.GetAsync($"/coins/{userId}/stats"),
            await api.GetAsync($"/coins/{userId}/transactions"),
            await api.GetAsync($"/users/{userId}"),
            await api.PostAsync($"/coins/{userId}/earn", """{"type":"earn_task"}"""),
            await api.PostAsync($"/coins/{userId}/spend", """{"type":"spend_content"}"""),
            await api.PostAsync($"/users/{userId}/activity", """{"kind":"login"}"""),
        };

        Assert.All(answers, answer =>
        {
            Assert.Equal(HttpStatusCode.NotFound, answer.Status);
            Assert.Equal("unknown_user", answer.Code);
        });
    }

    [Fact]
    public async Task DryRun_AnswersAsThePostingWouldAndChangesNothing()
    {
        var user = await api.CreateRichUserAsync(100);
        var before = await api.PhotographAsync(user);

        var answer = await api.PostAsync($"/coins/{user}/spend?dryRun=true", """{"type":"spend_content"}""");
        var refused = await api.PostAsync($"/coins/{user}/spend?dryRun=true", """{"type":"spend_content","amount":101}""");
        var unknown = await api.PostAsync("/coins/nobody-here/spend?dryRun=true", """{"type":"spend_content"}""");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.True(answer.Json.GetProperty("dryRun").GetBoolean());
        Assert.Equal(JsonValueKind.Null, answer.Json.GetProperty("entryId").ValueKind);
        Assert.Equal(90, answer.NumberOf("balanceAfter"));
        Assert.Equal("insufficient_funds", refused.Code);
        Assert.Equal(HttpStatusCode.NotFound, unknown.Status);
        Assert.Equal(before, await api.PhotographAsync(user));
        Assert.False((await api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""")).Json.TryGetProperty("dryRun", out _));
    }

    [Theory]
    [InlineData("earn", "earn_purchase", 60)]
    [InlineData("earn", "earn_task", 5)]
    [InlineData("spend", "spend_content", -10)]
    public async Task Reversal_OfAnEntry_IsItsOpposite(string direction, string type, long amount)
    {
        var user = await api.CreateRichUserAsync(1_000);
        var totals = (await api.GetAsync($"/coins/{user}/stats")).Json.GetProperty("totals").GetRawText();
        var entry = await api.PostAsync($"/coins/{user}/{direction}", $$"""{"type":"{{type}}","amount":{{Math.Abs(amount)}}}""");
        var path = $"/coins/entries/{entry.TextOf("entryId")}/reverse";

        var answer = await api.PostAsync(path, """{"reason":"a mistake"}""", "undo-" + user);
        var again = await api.PostAsync(path, """{"reason":"a mistake"}""", "undo-" + user);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("reversal", answer.TextOf("type"));
        Assert.Equal(-amount, answer.NumberOf("amount"));
        Assert.Equal(1_000, answer.NumberOf("balanceAfter"));
        Assert.Equal(entry.TextOf("entryId"), answer.TextOf("reversalOf"));
        Assert.Equal("a mistake", answer.TextOf("description"));
        Assert.Equal(answer.TextOf("entryId"), again.TextOf("entryId"));
        Assert.True(again.Json.GetProperty("replayed").GetBoolean());
        Assert.Equal(totals, (await api.GetAsync($"/coins/{user}/stats")).Json.GetProperty("totals").GetRawText());
        await RefusedAsync(user, () => api.PostAsync(path, """{"reason":"again"}"""), HttpStatusCode.Conflict, "already_reversed");
        await RefusedAsync(
            user, () => api.PostAsync($"/coins/entries/{answer.TextOf("entryId")}/reverse", """{"reason":"undo it"}"""), HttpStatusCode.UnprocessableEntity, "not_reversible");
        await RefusedAsync(user, () => api.PostAsync(path, """{"reason":"other"}""", "undo-" + user), HttpStatusCode.Conflict, "key_reuse");
    }

    [Fact]
    public async Task Reversal_OfCoinsThatAreSpent_Is422()
    {
        var user = await api.CreateUserAsync();
        var bought = await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_purchase","amount":60}""");
        await api.PostAsync($"/coins/{user}/spend", """{"type":"spend_special"}""");

        await RefusedAsync(
            user, () => api.PostAsync($"/coins/entries/{bought.TextOf("entryId")}/reverse", """{"reason":"charge back"}"""), HttpStatusCode.UnprocessableEntity, "insufficient_funds");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"reason":null}""")]
    [InlineData("")]
    public async Task Reversal_WithoutReason_SaysThatItCameThroughTheApi(string body)
    {
        var user = await api.CreateRichUserAsync(10);
        var entry = (await api.GetAsync($"/coins/{user}/transactions")).Json.GetProperty("items")[0].GetProperty("entryId").GetString();

        var answer = await api.PostAsync($"/coins/entries/{entry}/reverse", body);

        Assert.Equal((HttpStatusCode.OK, -10), (answer.Status, answer.NumberOf("amount")));
        Assert.Contains("reversed through the API", answer.TextOf("description"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reversal_ThatCannotBe_SaysWhy()
    {
        var user = await api.CreateRichUserAsync(10);
        var entry = (await api.GetAsync($"/coins/{user}/transactions")).Json.GetProperty("items")[0].GetProperty("entryId").GetString();

        await RefusedAsync(user, () => api.PostAsync($"/coins/entries/{Guid.NewGuid()}/reverse", """{"reason":"x"}"""), HttpStatusCode.NotFound, "unknown_entry");
        await RefusedAsync(user, () => api.PostAsync("/coins/entries/17/reverse", """{"reason":"x"}"""), HttpStatusCode.NotFound, "unknown_entry");
        foreach (var body in new[] { """{"reason":""}""", """{"reason":"  "}""", $$"""{"reason":"{{new string('x', 501)}}"}""" })
        {
            await RefusedAsync(user, () => api.PostAsync($"/coins/entries/{entry}/reverse", body), HttpStatusCode.BadRequest, "invalid_request");
        }
    }

    [Fact]
    public async Task Transactions_Paged_GiveEveryEntryOnceNewestFirst()
    {
        var user = await api.CreateRichUserAsync(1_000);
        for (var i = 0; i < 22; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""")).Status);
        }

        foreach (var size in new[] { 1, 4, 22, 23, 24 })
        {
            var seen = await WalkAsync($"/coins/{user}/transactions?limit={size}");
            Assert.Equal(23, seen.Count);
            Assert.Equal(23, seen.Select(entry => entry.GetProperty("entryId").GetString()).Distinct().Count());
            Assert.Equal(Enumerable.Range(0, 23).Select(i => 780L + (i * 10)), seen.Select(entry => entry.GetProperty("balanceAfter").GetInt64()));
        }

        Assert.Equal(22, (await WalkAsync($"/coins/{user}/transactions?type=spend_content&limit=5")).Count);
        Assert.Single(await WalkAsync($"/coins/{user}/transactions?type=earn_purchase&limit=5"));
        Assert.Empty(await WalkAsync($"/coins/{user}/transactions?type=earn_task&limit=5"));
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=501")]
    [InlineData("limit=-1")]
    [InlineData("limit=ten")]
    [InlineData("limit=99999999999999999999")]
    [InlineData("limit=5&limit=6")]
    [InlineData("before=17")]
    [InlineData("before=0197198a-1f00-7c2e-9a53-0b8f4f1f2a11")]
    [InlineData("type=earn_nothing")]
    [InlineData("type=%00")]
    public async Task Transactions_WithABadQuery_Is400(string query)
    {
        var user = await api.CreateRichUserAsync(10);
        await RefusedAsync(user, () => api.GetAsync($"/coins/{user}/transactions?{query}"), HttpStatusCode.BadRequest, "invalid_request");
    }

    [Fact]
    public async Task Transactions_BeforeAnotherUsersEntry_Is400()
    {
        var user = await api.CreateRichUserAsync(10);
        var other = await api.CreateRichUserAsync(10);
        var entry = (await api.GetAsync($"/coins/{other}/transactions")).Json.GetProperty("items")[0].GetProperty("entryId").GetString();

        await RefusedAsync(user, () => api.GetAsync($"/coins/{user}/transactions?before={entry}"), HttpStatusCode.BadRequest, "invalid_request");
    }

    [Fact]
    public async Task Balance_OfAUser_SaysWhenceAndWhen()
    {
        var user = await api.CreateRichUserAsync(42);

        var answer = await api.GetAsync($"/coins/{user}/balance");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(user, answer.TextOf("userId"));
        Assert.Equal(42, answer.NumberOf("balance"));
        Assert.Contains(answer.TextOf("source"), new[] { PrimarySource, "redis" });
        Assert.Equal(DateTime.UtcNow, answer.Json.GetProperty("asOf").GetDateTime(), TimeSpan.FromMinutes(1));
        Assert.False(answer.Json.TryGetProperty("stale", out _));
        Assert.Equal(0, (await api.GetAsync($"/coins/{await api.CreateUserAsync()}/balance")).NumberOf("balance"));
    }

    [Fact]
    public async Task Stats_OfAUser_HoldWhatSupportAsksFirst()
    {
        var user = await api.CreateUserAsync();
        var fresh = await api.GetAsync($"/coins/{user}/stats");
        await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_purchase","amount":2000}""");
        await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_referral"}""");
        await api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""");

        var answer = await api.GetAsync($"/coins/{user}/stats");

        Assert.Equal("new", fresh.TextOf("status"));
        Assert.Equal(2_010, answer.NumberOf("balance"));
        Assert.Equal("""{"earned":2020,"spent":10,"granted":2000}""", answer.Json.GetProperty("totals").GetRawText());
        Assert.Equal("gold", answer.TextOf("tier"));
        Assert.Equal("gold", answer.TextOf("computedTier"));
        Assert.False(answer.Json.TryGetProperty("pinnedTier", out _));
        Assert.Equal("wealthy", answer.TextOf("status"));
        Assert.Equal(PrimarySource, answer.TextOf("source"));
        var limits = answer.Json.GetProperty("limits");
        Assert.Equal("""{"used":20,"allowed":100,"remaining":80}""", limits.GetProperty("earn").GetRawText());
        Assert.Equal("""{"used":10,"allowed":500,"remaining":490}""", limits.GetProperty("spend").GetRawText());
        Assert.Equal("""{"used":0,"allowed":20,"remaining":20}""", limits.GetProperty("messages").GetRawText());
        Assert.EndsWith("T00:00:00Z", limits.GetProperty("resetsAt").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activity_SentTwice_IsNotedOnce()
    {
        var user = await api.CreateUserAsync();
        const string Body = """{"kind":"login","metadata":{"device":"phone"},"at":"2026-01-02T03:04:05+03:00"}""";

        var first = await api.PostAsync($"/users/{user}/activity", Body, "act-" + user);
        var again = await api.PostAsync($"/users/{user}/activity", Body, "act-" + user);
        var other = await api.PostAsync($"/users/{user}/activity", """{"kind":"view"}""", "act-" + user);

        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.Equal("2026-01-02T00:04:05Z", first.TextOf("at"));
        Assert.Equal("""{"device":"phone"}""", first.Json.GetProperty("metadata").GetRawText());
        Assert.False(first.Json.GetProperty("replayed").GetBoolean());
        Assert.True(again.Json.GetProperty("replayed").GetBoolean());
        Assert.Equal(first.TextOf("eventId"), again.TextOf("eventId"));
        Assert.Equal(first.TextOf("at"), again.TextOf("at"));
        Assert.Equal("key_reuse", other.Code);
    }

    [Fact]
    public async Task Spending_ByParallelCallers_NeverGoesBelowZero()
    {
        var user = await api.CreateRichUserAsync(55);

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""")));

        Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => Assert.Equal("insufficient_funds", answer.Code));
        Assert.Equal([5L, 15, 25, 35, 45], answers.Where(answer => answer.Status == HttpStatusCode.OK).Select(answer => answer.NumberOf("balanceAfter")).Order());
        Assert.Equal(5, (await api.GetAsync($"/coins/{user}/balance")).NumberOf("balance"));
    }

    [Fact]
    public async Task Adjustment_ByAnAdmin_IsOutsideTheLimitsAndAudited()
    {
        var user = await api.CreateUserAsync();

        var given = await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_admin","amount":5000,"description":"for the outage"}""", "adj-" + user);
        await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_admin","amount":5000,"description":"for the outage"}""", "adj-" + user);
        await api.PostAsync($"/coins/{user}/spend?dryRun=true", """{"type":"spend_admin","amount":1}""");
        var taken = await api.PostAsync($"/coins/{user}/spend", """{"type":"spend_admin","amount":4000}""");
        await api.PostAsync($"/coins/entries/{taken.TextOf("entryId")}/reverse", """{"reason":"the wrong user"}""");

        Assert.Equal(5_000, (await api.GetAsync($"/coins/{user}/balance")).NumberOf("balance"));
        var page = await app.Services.GetRequiredService<IAuditLog>().QueryAsync(new AuditFilter(Target: $"user:{user}"), 0, 50, CancellationToken.None);
        Assert.Equal(["coins.reversed", "coins.adjusted", "coins.adjusted"], page.Entries.Select(entry => entry.Action));
        Assert.Equal(["the wrong user", null, "for the outage"], page.Entries.Select(entry => entry.Reason));
        Assert.All(page.Entries, entry => Assert.Equal("key:bootstrap", entry.Actor));
        Assert.Contains(given.TextOf("entryId")!, page.Entries[2].DetailsJson, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stats_OfAPinnedUser_ShowBothTiers()
    {
        var user = await api.CreateRichUserAsync(600);
        var coins = app.Services.GetRequiredService<CoinService>();
        await coins.PinTierAsync(user, Tier.Platinum, "event winner", DateTimeOffset.UtcNow.AddDays(1), "pin-" + user, "user:admin", CancellationToken.None);

        var answer = await api.GetAsync($"/coins/{user}/stats");

        Assert.Equal("platinum", answer.TextOf("tier"));
        Assert.Equal("silver", answer.TextOf("computedTier"));
        Assert.Equal("platinum", answer.TextOf("pinnedTier"));
        Assert.Equal("event winner", answer.TextOf("pinReason"));
        Assert.True(answer.Json.GetProperty("pinExpiresAt").GetDateTime() > DateTime.UtcNow);
    }

    private async Task<List<JsonElement>> WalkAsync(string path)
    {
        var seen = new List<JsonElement>();
        string? next = null;
        do
        {
            var page = await api.GetAsync(next is null ? path : $"{path}&before={next}");
            Assert.Equal(HttpStatusCode.OK, page.Status);
            seen.AddRange(page.Json.GetProperty("items").EnumerateArray());
            next = page.TextOf("next");
        }
        while (next is not null);
        return seen;
    }

    private async Task<ApiAnswer> RefusedAsync(string userId, Func<Task<ApiAnswer>> call, HttpStatusCode status, string code)
    {
        var before = await api.PhotographAsync(userId);
        var answer = await call();
        Assert.Equal((status, code), (answer.Status, answer.Code));
        Assert.Equal(before, await api.PhotographAsync(userId));
        return answer;
    }
}

/// <summary>On SQLite in the primary's place.</summary>
public sealed class EmbeddedCoinApiTests(AppFixture app) : CoinApiContract(app), IClassFixture<AppFixture>
{
    protected override string PrimarySource => "sqlite";
}

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresCoinApiTests(PostgresAppFixture app) : CoinApiContract(app), IClassFixture<PostgresAppFixture>
{
    protected override string PrimarySource => "postgresql";
}
