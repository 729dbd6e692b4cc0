using System.Globalization;
using System.Net;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Tests.App;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Api;

/// <summary>The balance at an instant, whatever the primary store is.</summary>
public abstract class BalanceAtApiContract(AppFixture app)
{
    private readonly ApiCaller api = new(app.CreateClient());

    protected abstract string PrimarySource { get; }

    [Fact]
    public async Task Balance_AtEachEntry_IsTheBalanceAfterIt()
    {
        var user = await api.CreateRichUserAsync(100);
        await api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""");
        await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_referral"}""");
        var entries = (await api.GetAsync($"/coins/{user}/transactions")).Json.GetProperty("items").EnumerateArray().Reverse().ToArray();
        var first = entries[0].GetProperty("effectiveAt").GetDateTime();

        foreach (var entry in entries)
        {
            var answer = await AtAsync(user, entry.GetProperty("effectiveAt").GetString()!);
            Assert.Equal(entry.GetProperty("balanceAfter").GetInt64(), answer.NumberOf("balance"));
            Assert.Equal("effective", answer.TextOf("countedBy"));
            Assert.Equal(PrimarySource, answer.TextOf("source"));
            Assert.Equal(entry.GetProperty("effectiveAt").GetDateTime(), answer.Json.GetProperty("at").GetDateTime());
            Assert.Equal((0, 0), (Later(answer, "entries"), Later(answer, "coins")));
        }

        Assert.Equal(0, (await AtAsync(user, Iso(first.AddTicks(-10)))).NumberOf("balance"));
        Assert.False((await api.GetAsync($"/coins/{user}/balance")).Json.TryGetProperty("at", out _));
    }

    [Fact]
    public async Task Balance_AfterACorrectionWithAnEarlierDate_CountsItFromThatDateAndTells()
    {
        var user = await api.CreateRichUserAsync(100);
        var may = new DateTimeOffset(2025, 5, 5, 9, 0, 0, TimeSpan.Zero);
        var import = new PostCoins
        {
            IdempotencyKey = $"late-{user}", Actor = "tests", UserId = user, Type = EntryType.FromStore("earn_purchase"), Amount = new CoinAmount(40), EffectiveAt = may,
        };
        Assert.IsType<OperationResult.Posted>(await app.Services.GetRequiredService<ILedgerWriter>().WriteAsync(import, CancellationToken.None));

        Assert.Equal(0, (await AtAsync(user, Iso(may.UtcDateTime.AddSeconds(-1)))).NumberOf("balance"));
        var answer = await AtAsync(user, "2025-05-06");
        Assert.Equal(40, answer.NumberOf("balance"));
        Assert.Equal((1, 40), (Later(answer, "entries"), Later(answer, "coins")));
        Assert.Equal(140, (await AtAsync(user, Iso(DateTime.UtcNow))).NumberOf("balance"));
    }

    [Theory]
    [InlineData("2026-05-05T12:00:00+03:00", "2026-05-05T09:00:00Z")]
    [InlineData("2026-05-05T12:00:00%2B03:00", "2026-05-05T09:00:00Z")]
    [InlineData("2026-05-05T12:00:00", "2026-05-05T12:00:00Z")]
    [InlineData("2026-05-05T12:00Z", "2026-05-05T12:00:00Z")]
    [InlineData("2026-05-05", "2026-05-05T00:00:00Z")]
    [InlineData("2026-05-05T12:00:00.1234567Z", "2026-05-05T12:00:00.123456Z")]
    [InlineData("0001-01-01", "0001-01-01T00:00:00Z")]
    public async Task Balance_AtAnInstantInAnyForm_SaysWhichOneItUnderstood(string at, string understood)
    {
        var user = await api.CreateUserAsync();

        Assert.Equal(understood, (await AtAsync(user, at)).TextOf("at"));
    }

    [Theory]
    [InlineData("yesterday", "ISO 8601")]
    [InlineData("", "ISO 8601")]
    [InlineData("2026-13-01", "ISO 8601")]
    [InlineData("2026-02-30T00:00:00Z", "ISO 8601")]
    [InlineData("05.05.2026", "ISO 8601")]
    [InlineData("1748512000", "ISO 8601")]
    [InlineData("9999-12-31T23:59:59Z", "in the future")]
    [InlineData("0001-01-01T00:00:00%2B14:00", "ISO 8601")]
    public async Task Balance_AtNoPastInstant_Is400AndSaysWhy(string at, string words)
    {
        var user = await api.CreateUserAsync();

        var answer = await api.GetAsync($"/coins/{user}/balance?at={at}");

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer.Code));
        Assert.Contains(words, answer.TextOf("detail"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nobody-here")]
    [InlineData("system:canary")]
    public async Task Balance_OfNobodyAtAnyInstant_Is404(string user)
    {
        var answer = await api.GetAsync($"/coins/{user}/balance?at=2026-05-05");

        Assert.Equal((HttpStatusCode.NotFound, "unknown_user"), (answer.Status, answer.Code));
    }

    private async Task<ApiAnswer> AtAsync(string user, string at)
    {
        var answer = await api.GetAsync($"/coins/{user}/balance?at={at}");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return answer;
    }

    private static long Later(ApiAnswer answer, string name) => answer.Json.GetProperty("recordedLater").GetProperty(name).GetInt64();

    private static string Iso(DateTime at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}

/// <summary>On SQLite in the primary's place.</summary>
public sealed class EmbeddedBalanceAtApiTests(AppFixture app) : BalanceAtApiContract(app), IClassFixture<AppFixture>
{
    protected override string PrimarySource => "sqlite";
}

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresBalanceAtApiTests(PostgresAppFixture app) : BalanceAtApiContract(app), IClassFixture<PostgresAppFixture>
{
    protected override string PrimarySource => "postgresql";
}
