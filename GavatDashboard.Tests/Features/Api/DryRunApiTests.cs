using System.Net;
using System.Text.Json;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;
using GavatDashboard.Tests.App;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Api;

/// <summary>A dry run answers as the call itself would, says that it was one, and leaves nothing behind, whatever the primary store is.</summary>
public abstract class DryRunApiContract(AppFixture app)
{
    private readonly ApiCaller api = new(app.CreateClient());

    [Theory]
    [InlineData("earn", """{"type":"earn_referral","description":"a friend"}""", 120)]
    [InlineData("earn", """{"type":"earn_admin","amount":5000}""", 5100)]
    [InlineData("spend", """{"type":"spend_content","metadata":{"n":1}}""", 90)]
    [InlineData("spend", """{"type":"spend_admin","amount":100}""", 0)]
    public async Task DryRun_OfAPosting_AnswersAsThePostingAndLeavesNothing(string direction, string body, long expected)
    {
        var user = await api.CreateRichUserAsync(100);
        var path = $"/coins/{user}/{direction}";

        var answer = await UntouchedAsync(user, key => api.PostAsync($"{path}?dryRun=true", body, key));
        var real = await api.PostAsync(path, body, answer.TextOf("idempotencyKey"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.True(answer.Json.GetProperty("dryRun").GetBoolean());
        Assert.Equal(JsonValueKind.Null, answer.Json.GetProperty("entryId").ValueKind);
        Assert.Equal(expected, answer.NumberOf("balanceAfter"));
        Assert.Equal(HttpStatusCode.OK, real.Status);
        Assert.False(real.Json.GetProperty("replayed").GetBoolean());
        Assert.False(real.Json.TryGetProperty("dryRun", out _));
        foreach (var same in new[] { "userId", "type", "amount", "balanceAfter", "description", "metadata", "idempotencyKey", "actor", "epoch" })
        {
            Assert.Equal(real.Json.GetProperty(same).GetRawText(), answer.Json.GetProperty(same).GetRawText());
        }
    }

    [Fact]
    public async Task DryRun_OfAReversal_AnswersAsTheReversalAndLeavesNothing()
    {
        var user = await api.CreateRichUserAsync(100);
        var entryId = (await api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""")).TextOf("entryId");
        var path = $"/coins/entries/{entryId}/reverse";

        var answer = await UntouchedAsync(user, key => api.PostAsync($"{path}?dryRun=true", """{"reason":"charged twice"}""", key));
        var real = await api.PostAsync(path, """{"reason":"charged twice"}""", answer.TextOf("idempotencyKey"));

        Assert.True(answer.Json.GetProperty("dryRun").GetBoolean());
        Assert.Equal(JsonValueKind.Null, answer.Json.GetProperty("entryId").ValueKind);
        Assert.Equal((10L, 100L, entryId), (answer.NumberOf("amount"), answer.NumberOf("balanceAfter"), answer.TextOf("reversalOf")));
        Assert.Equal(HttpStatusCode.OK, real.Status);
        Assert.False(real.Json.GetProperty("replayed").GetBoolean());
    }

    [Theory]
    [InlineData("earn", """{"type":"earn_bonus","amount":101}""", 422, "daily_limit")]
    [InlineData("spend", """{"type":"spend_special","amount":501}""", 422, "daily_limit")]
    [InlineData("spend", """{"type":"spend_admin","amount":1001}""", 422, "insufficient_funds")]
    [InlineData("earn", """{"type":"earn_bonus"}""", 422, "invalid_amount")]
    [InlineData("earn", """{"type":"earn_task","amount":0}""", 422, "invalid_amount")]
    [InlineData("earn", """{"type":"earn_task","amount":0.5}""", 422, "invalid_amount")]
    [InlineData("spend", """{"type":"earn_task"}""", 422, "unknown_type")]
    [InlineData("earn", """{"type":"earn_nothing"}""", 422, "unknown_type")]
    [InlineData("earn", """{"type":"earn_task","relatedUserId":"no id"}""", 400, "invalid_request")]
    public async Task DryRun_ThatIsRefused_RefusesAsThePostingAndLeavesNothing(string direction, string body, int status, string code)
    {
        var user = await api.CreateRichUserAsync(1_000);
        var key = NewKey();

        var answer = await UntouchedAsync(user, _ => api.PostAsync($"/coins/{user}/{direction}?dryRun=true", body, key), key);
        var real = await api.PostAsync($"/coins/{user}/{direction}", body, key);

        Assert.Equal((status, code), ((int)answer.Status, answer.Code));
        Assert.True(answer.Json.GetProperty("dryRun").GetBoolean());
        Assert.Equal(answer.TextOf("detail"), real.TextOf("detail"));
        Assert.False(real.Json.TryGetProperty("dryRun", out _));
    }

    [Fact]
    public async Task DryRun_WithAUsedKey_IsRefusedOrReplayedAsThePostingWouldBe()
    {
        var user = await api.CreateRichUserAsync(100);
        var key = NewKey();
        var posted = await api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""", key);
        var before = await api.PhotographAsync(user);

        var same = await api.PostAsync($"/coins/{user}/spend?dryRun=true", """{"type":"spend_content"}""", key);
        var other = await api.PostAsync($"/coins/{user}/spend?dryRun=true", """{"type":"spend_content","amount":11}""", key);

        Assert.Equal(posted.TextOf("entryId"), same.TextOf("entryId"));
        Assert.True(same.Json.GetProperty("replayed").GetBoolean());
        Assert.True(same.Json.GetProperty("dryRun").GetBoolean());
        Assert.Equal((HttpStatusCode.Conflict, "key_reuse"), (other.Status, other.Code));
        Assert.True(other.Json.GetProperty("dryRun").GetBoolean());
        Assert.Equal(before, await api.PhotographAsync(user));
    }

    [Fact]
    public async Task DryRun_ForNobody_Is404AndSaysSo()
    {
        foreach (var nobody in new[] { "nobody-here", "treasury:earn" })
        {
            var answer = await api.PostAsync($"/coins/{nobody}/spend?dryRun=true", """{"type":"spend_content"}""");
            Assert.Equal((HttpStatusCode.NotFound, "unknown_user"), (answer.Status, answer.Code));
            Assert.True(answer.Json.GetProperty("dryRun").GetBoolean());
        }
    }

    [Fact]
    public async Task DryRun_OfAReversalThatIsRefused_LeavesNothing()
    {
        var user = await api.CreateRichUserAsync(100);
        var spent = (await api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""")).TextOf("entryId");
        var bought = (await api.GetAsync($"/coins/{user}/transactions")).Json.GetProperty("items")[1].GetProperty("entryId").GetString();
        var reversal = (await api.PostAsync($"/coins/entries/{spent}/reverse", """{"reason":"a mistake"}""")).TextOf("entryId");
        await api.PostAsync($"/coins/{user}/spend", """{"type":"spend_special"}""");

        foreach (var (entryId, reason, status, code) in new[]
        {
            (spent, "again", 409, "already_reversed"),
            (reversal, "undo the undoing", 422, "not_reversible"),
            (bought, "refund", 422, "insufficient_funds"),
            (bought, "", 400, "invalid_request"),
            (Guid.NewGuid().ToString(), "which one", 404, "unknown_entry"),
        })
        {
            var answer = await UntouchedAsync(
                user, key => api.PostAsync($"/coins/entries/{entryId}/reverse?dryRun=true", JsonSerializer.Serialize(new { reason }), key));
            Assert.Equal((status, code), ((int)answer.Status, answer.Code));
            Assert.True(answer.Json.GetProperty("dryRun").GetBoolean());
        }
    }

    [Fact]
    public async Task DryRun_OnAnAccountInDebt_SaysThatSpendingIsFrozen()
    {
        var user = await api.CreateRichUserAsync(100);
        await app.Services.GetRequiredService<LedgerStores>().PrimaryStorage.ReadSnapshotAsync(
            async (connection, transaction) =>
            {
                await using var command = connection.CreateCommand();
                command.Transaction = transaction;
                command.CommandText = $"UPDATE coin_balances SET debt = true WHERE user_id = '{user}'";
                Assert.Equal(1, await command.ExecuteNonQueryAsync());
                await transaction.CommitAsync();
                return true;
            },
            CancellationToken.None);
        app.Services.GetRequiredService<IBalanceCache>().Distrust("the ledger was written by hand");

        var answer = await UntouchedAsync(user, key => api.PostAsync($"/coins/{user}/spend?dryRun=true", """{"type":"spend_content"}""", key));

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "account_in_debt"), (answer.Status, answer.Code));
        Assert.True(answer.Json.GetProperty("dryRun").GetBoolean());
    }

    private static string NewKey() => $"dry-{Guid.NewGuid():N}";

    /// <summary>Calls, and checks that nothing of it is left anywhere: ledger, limits, kept answers, outbox, cache, audit trail.</summary>
    private async Task<ApiAnswer> UntouchedAsync(string user, Func<string, Task<ApiAnswer>> call, string? key = null)
    {
        key ??= NewKey();
        var stores = app.Services.GetRequiredService<ILedgerStores>();
        var cache = app.Services.GetRequiredService<IBalanceCache>();
        var before = await api.PhotographAsync(user);
        var account = await stores.Current.FindAccountAsync(user, CancellationToken.None);
        var refusals = await stores.Current.ListRefusalsAsync(user, DateTimeOffset.UnixEpoch, CancellationToken.None);
        var head = await stores.Current.ReadHeadAsync(CancellationToken.None);

        var answer = await call(key);

        Assert.Equal(before, await api.PhotographAsync(user));
        Assert.Equal(account, await stores.Current.FindAccountAsync(user, CancellationToken.None));
        Assert.Equal(refusals.Count, (await stores.Current.ListRefusalsAsync(user, DateTimeOffset.UnixEpoch, CancellationToken.None)).Count);
        var cached = await cache.FindAsync(user, CancellationToken.None);
        Assert.True(cached is null || cached.Value == account);
        var later = await app.Services.GetRequiredService<IOutbox>().ReadAsync(head.Sequence, 5_000, CancellationToken.None);
        Assert.DoesNotContain(later.Events, note => note.UserId == user);
        return answer;
    }
}

/// <summary>On SQLite in the primary's place.</summary>
public sealed class EmbeddedDryRunApiTests(AppFixture app) : DryRunApiContract(app), IClassFixture<AppFixture>;

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresDryRunApiTests(PostgresAppFixture app) : DryRunApiContract(app), IClassFixture<PostgresAppFixture>;
