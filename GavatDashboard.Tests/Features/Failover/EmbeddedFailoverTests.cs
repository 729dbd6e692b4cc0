using System.Net;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Failover;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Failover;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Tests.App;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Failover;

/// <summary>The same machine on the stand-in, asked over HTTP as an admin would.</summary>
public sealed class EmbeddedFailoverTests(EmbeddedFailoverTests.App app) : IClassFixture<EmbeddedFailoverTests.App>
{
    private readonly ApiCaller _api = new(app.CreateClient());

    [Fact]
    public async Task SimulatedOutage_MovesCoinsToTheFallbackAndBack_WithProofs()
    {
        await app.UntilReadyAsync();
        var user = await _api.CreateRichUserAsync(100);
        await AcceptedAsync("simulate-outage");
        await app.UntilAsync(FailoverState.Fallback);

        var spent = await _api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""", $"spend-{user}");
        var status = await _api.GetAsync("/failover");
        Assert.Equal(HttpStatusCode.OK, spent.Status);
        Assert.Equal(("fallback", "fallback", true), (status.TextOf("state"), status.TextOf("truth"), status.Json.GetProperty("isOutageSimulated").GetBoolean()));
        await AcceptedAsync("end-outage");
        await app.UntilReadyAsync();

        var again = await _api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""", $"spend-{user}");
        Assert.Equal((spent.TextOf("entryId"), true), (again.TextOf("entryId"), again.Json.GetProperty("replayed").GetBoolean()));
        Assert.Equal(90, (await app.Stores.Primary.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);
        await app.AssertSameAsync();
        var proof = (await _api.GetAsync("/failover/proofs?limit=1")).Json[0];
        Assert.Equal(("recover", true, 0), (proof.GetProperty("action").GetString(), proof.GetProperty("isClean").GetBoolean(), proof.GetProperty("lost").GetInt32()));
        Assert.Equal(HttpStatusCode.OK, (await _api.GetAsync($"/failover/proofs/{proof.GetProperty("id").GetString()}")).Status);
    }

    [Fact]
    public async Task Policy_PublishedOnTheFallback_HoldsAndHasMovedTiersAfterTheWayBack()
    {
        await app.UntilReadyAsync();
        var user = await _api.CreateRichUserAsync(450);
        await AcceptedAsync("simulate-outage");
        await app.UntilAsync(FailoverState.Fallback);

        var policy = await app.Stores.Current.ReadPolicyAsync(CancellationToken.None);
        var stricter = policy with { Version = policy.Version + 1, SpendPerDay = new(20), SilverFrom = new(450) };
        Assert.IsType<OperationResult.PolicyChanged>(await app.DoAsync(Publish(stricter)));
        await FailoverApp.UntilAsync(
            () => app.Stores.Fallback.FindAccountAsync(user, CancellationToken.None).GetAwaiter().GetResult()!.Tier == Tier.Silver, () => "The account is not silver.");
        await AcceptedAsync("end-outage");
        await app.UntilReadyAsync();

        Assert.Equal(stricter.Version, (await app.Stores.Primary.ReadPolicyAsync(CancellationToken.None)).Version);
        Assert.Equal(Tier.Silver, (await app.Stores.Primary.FindAccountAsync(user, CancellationToken.None))!.Tier);
        Assert.Equal("daily_limit", (await _api.PostAsync($"/coins/{user}/spend", """{"type":"spend_special"}""")).Code);
        Assert.IsType<OperationResult.PolicyChanged>(await app.DoAsync(Publish(LedgerPolicy.Default with { Version = stricter.Version + 1 })));
        await app.AssertSameAsync();

        static ChangePolicy Publish(LedgerPolicy policy) => new() { IdempotencyKey = Guid.NewGuid().ToString("N"), Actor = "test", UserId = string.Empty, Policy = policy };
    }

    [Fact]
    public async Task Posting_SentFiftyTimesAtOnceBeforeDuringAndAfterAFailover_HappensOnce()
    {
        await app.UntilReadyAsync();
        var user = await _api.CreateRichUserAsync(100);
        var (early, late) = ($"early-{user}", $"late-{user}");
        var first = Assert.Single((await SpendFiftyTimesAsync(user, early)).Distinct());

        // Under way while the primary goes; each caller sends the same again until it is answered.
        var going = SpendFiftyTimesAsync(user, late);
        await AcceptedAsync("simulate-outage");
        var second = Assert.Single((await going).Distinct());
        await app.UntilAsync(FailoverState.Fallback);
        var onFallback = (await SpendFiftyTimesAsync(user, early)).Concat(await SpendFiftyTimesAsync(user, late));
        Assert.Equal([first, second], onFallback.Distinct());
        await AcceptedAsync("end-outage");
        await app.UntilReadyAsync();
        var afterwards = (await SpendFiftyTimesAsync(user, early)).Concat(await SpendFiftyTimesAsync(user, late));

        Assert.Equal([first, second], afterwards.Distinct());
        Assert.Equal(80, (await _api.GetAsync($"/coins/{user}/balance")).NumberOf("balance"));
        Assert.Equal(3, (await _api.GetAsync($"/coins/{user}/transactions")).Json.GetProperty("items").GetArrayLength());
        await app.AssertSameAsync();
    }

    [Fact]
    public async Task FailOver_ByHandWithThePrimaryAlive_ClosesItsEpochAndStaysUntilAsked()
    {
        await app.UntilReadyAsync();
        var key = $"by-hand-{Guid.NewGuid():N}";
        var first = await _api.PostAsync("/failover/fail-over", """{"reason":"maintenance of the server"}""", key);
        await app.UntilAsync(FailoverState.Fallback);
        var second = await _api.PostAsync("/failover/fail-over", """{"reason":"maintenance of the server"}""", key);
        var other = await _api.PostAsync("/failover/fail-over", """{"reason":"something else"}""", key);
        var late = await _api.PostAsync("/failover/fail-over", """{"reason":"once more"}""");

        Assert.Equal(HttpStatusCode.Accepted, first.Status);
        Assert.Equal((first.TextOf("actionId"), true), (second.TextOf("actionId"), second.Json.GetProperty("replayed").GetBoolean()));
        Assert.Equal((HttpStatusCode.Conflict, "key_reuse"), (other.Status, other.Code));
        Assert.Equal((HttpStatusCode.Conflict, "failover_refused"), (late.Status, late.Code));
        Assert.Equal(app.Coordinator.Current.Epoch, (await app.Stores.Primary.ReadHeadAsync(CancellationToken.None)).Epoch);
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        Assert.Equal((FailoverState.Fallback, true), (app.State, app.Coordinator.Current.IsHeldByHand));

        await AcceptedAsync("recover");
        await app.UntilReadyAsync();
        await app.AssertSameAsync();
        var audit = await app.Services.GetRequiredService<IAuditLog>().QueryAsync(new AuditFilter(Action: "failover.fail_over"), 0, 10, CancellationToken.None);
        Assert.Single(audit.Entries, entry => entry.Reason == "maintenance of the server");
    }

    [Fact]
    public async Task FailOver_AfterARequestThatWroteNothing_ProvesThatNothingWasLost()
    {
        await app.UntilReadyAsync();
        var user = await _api.CreateRichUserAsync(100);
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(HttpStatusCode.OK, (await _api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""", $"twice-{user}")).Status);
        }

        await AcceptedAsync("fail-over");
        await app.UntilAsync(FailoverState.Fallback);

        FailoverProof? proof = null;
        await FailoverApp.UntilAsync(
            () => app.Coordinator.Current.Proofs is [var latest, ..] && (proof = latest).Action == FailoverAction.FailOver, () => "the proof of the failover");
        Assert.Equal((true, 0), (proof!.IsClean, proof.Lost));
        await AcceptedAsync("recover");
        await app.UntilReadyAsync();
    }

    [Theory]
    [InlineData("canary")]
    [InlineData("full")]
    public async Task Drill_EndsWithACleanProofAndThePrimary(string scope)
    {
        await app.UntilReadyAsync();
        await FailoverApp.UntilAsync(() => app.Stores.Current.FindUserAsync(SystemAccounts.Canary, CancellationToken.None).GetAwaiter().GetResult() is not null, () => "the canary's account");
        var answer = await _api.PostAsync("/failover/drill", $$"""{"reason":"rehearsal of the quarter","scope":"{{scope}}"}""");
        var id = Guid.Parse(answer.TextOf("actionId")!);
        var control = app.Services.GetRequiredService<IFailoverControl>();
        FailoverProof? proof = null;
        await FailoverApp.UntilAsync(() => (proof = control.FindProofAsync(id, CancellationToken.None).GetAwaiter().GetResult()) is not null, () => app.Coordinator.Current.ToString());

        Assert.True(proof!.IsClean, proof.ToString());
        Assert.Equal((FailoverAction.Drill, 0L), (proof.Action, proof.Lost));
        Assert.Equal(scope == "full" ? 2 : 0, proof.EpochAfter - proof.EpochBefore);
        await app.UntilReadyAsync();
        await app.AssertSameAsync();
    }

    [Fact]
    public async Task Paused_AnOutage_MovesNothingUntilResumed()
    {
        await app.UntilReadyAsync();
        await AcceptedAsync("pause");
        await AcceptedAsync("simulate-outage");
        await app.UntilAsync(FailoverState.Suspect);
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        var drill = await _api.PostAsync("/failover/drill", """{"reason":"now of all times"}""");
        Assert.Equal((FailoverState.Suspect, HttpStatusCode.Conflict), (app.State, drill.Status));

        await AcceptedAsync("resume");
        await app.UntilAsync(FailoverState.Fallback);
        await AcceptedAsync("end-outage");
        await app.UntilReadyAsync();
    }

    [Fact]
    public async Task AnotherOwner_FencesThisInstance_UntilItTakesTheLedgerOver()
    {
        await app.UntilReadyAsync();
        var user = await _api.CreateRichUserAsync(10);
        var control = app.Services.GetRequiredService<IPrimaryControl>();
        await control.ChangeReignAsync(head => new Reign(head.Head.Epoch + 1, "another-instance", ControlledHead.Primary, head.Head.Epoch), CancellationToken.None);
        var refused = await _api.PostAsync($"/coins/{user}/earn", """{"type":"earn_task"}""");
        await app.UntilAsync(FailoverState.Fenced);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Equal(10, (await _api.GetAsync($"/coins/{user}/balance")).NumberOf("balance"));
        Assert.Equal("failover_refused", (await _api.PostAsync("/failover/fail-over", """{"reason":"I want to"}""")).Code);
        await AcceptedAsync("take-over");
        await app.UntilReadyAsync();
        Assert.Equal(HttpStatusCode.OK, (await _api.PostAsync($"/coins/{user}/earn", """{"type":"earn_task"}""")).Status);
        await app.AssertSameAsync();
    }

    [Fact]
    public async Task Outage_WhileTheFallbackLacksSomething_RefusesWritesAndGoesOnReading()
    {
        await app.UntilReadyAsync();
        var user = await _api.CreateRichUserAsync(30);
        // What is only noted when the mirror falls behind comes with the copy from the primary, and cannot be read before.
        var tables = app.Services.GetRequiredService<GavatDashboard.Stores.Mirror.MirrorTables>();
        await FailoverApp.UntilAsync(() => tables.Waiting == 0, () => $"{tables.Waiting} operations wait for the fallback's tables");
        await AcceptedAsync("simulate-outage");
        await app.Services.GetRequiredService<FallbackControl>().DistrustAsync("a test says so");
        await app.UntilAsync(FailoverState.ReadOnly);

        var refused = await _api.PostAsync($"/coins/{user}/earn", """{"type":"earn_task"}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Equal(30, (await _api.GetAsync($"/coins/{user}/balance")).NumberOf("balance"));
        Assert.Equal("failover_refused", (await _api.PostAsync("/failover/fail-over", """{"reason":"all the same"}""")).Code);
        await AcceptedAsync("end-outage");
        await app.UntilReadyAsync();
        await app.AssertSameAsync();
    }

    [Fact]
    public async Task Recovery_OfAPrimaryThatWasTamperedWith_IsBlockedAndNamesTheAccount()
    {
        await app.UntilReadyAsync();
        var user = await _api.CreateRichUserAsync(40);
        await AcceptedAsync("pause");
        await AcceptedAsync("fail-over");
        await app.UntilAsync(FailoverState.Fallback);
        await TamperAsync(user, +1);
        await AcceptedAsync("recover");
        await app.UntilAsync(FailoverState.RecoveryBlocked);

        Assert.Contains(user, app.Coordinator.Current.Reason, StringComparison.Ordinal);
        var proof = await LatestProofAsync(FailoverAction.Recover);
        Assert.Equal((false, 0L), (proof.IsClean, proof.Lost));
        Assert.Equal(HttpStatusCode.OK, (await _api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""")).Status);
        await TamperAsync(user, -1);
        await AcceptedAsync("recover");
        await AcceptedAsync("resume");
        await app.UntilReadyAsync();
        Assert.Equal(30, (await app.Stores.Primary.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);
        await app.AssertSameAsync();
    }

    [Theory]
    [InlineData("DELETE FROM coin_transactions WHERE entry_id = NEW.entry_id")]
    [InlineData("UPDATE coin_transactions SET description = 'not what was acknowledged' WHERE entry_id = NEW.entry_id")]
    public async Task Recovery_OfAPrimaryThatDoesNotHoldWhatItWasGiven_IsBlockedAndTheProofCountsIt(string mischief)
    {
        await app.UntilReadyAsync();
        var user = await _api.CreateRichUserAsync(40);
        await AcceptedAsync("pause");
        await AcceptedAsync("fail-over");
        await app.UntilAsync(FailoverState.Fallback);
        var spent = await _api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""");
        await InPrimaryAsync($"CREATE TRIGGER mischief AFTER INSERT ON coin_transactions WHEN NEW.user_id = '{user}' BEGIN {mischief}; END");
        await AcceptedAsync("recover");
        await app.UntilAsync(FailoverState.RecoveryBlocked);

        Assert.Contains(spent.TextOf("entryId")!, app.Coordinator.Current.Reason, StringComparison.Ordinal);
        var proof = await LatestProofAsync(FailoverAction.Recover);
        Assert.Equal((false, 1L), (proof.IsClean, proof.Lost));
        Assert.Equal(proof.Acknowledged, proof.Replayed);

        // What was planted is taken away again, the primary's own work is undone, and it is brought up to date anew.
        await InPrimaryAsync("DROP TRIGGER mischief");
        await RestoreEntryAsync(Guid.Parse(spent.TextOf("entryId")!));
        await AcceptedAsync("recover");
        await AcceptedAsync("resume");
        await app.UntilReadyAsync();
        proof = await LatestProofAsync(FailoverAction.Recover, after: proof);
        Assert.Equal((true, 0L, proof.PrimaryChainHead), (proof.IsClean, proof.Lost, proof.FallbackChainHead));
        await app.AssertSameAsync();
    }

    [Theory]
    [InlineData("""{"reason":"x"}""")]
    [InlineData("{}")]
    [InlineData("""{"reason":"a good one","scope":"half"}""")]
    public async Task Request_WithoutAUsableReasonOrScope_Is400(string body) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await _api.PostAsync("/failover/drill", body)).Status);

    [Fact]
    public async Task Request_WithoutTheAdminScope_Is403()
    {
        var caller = new ApiCaller(app.CreateClient(await app.CreateKeyAsync("coins:write", "health")));

        Assert.Equal(HttpStatusCode.Forbidden, (await caller.PostAsync("/failover/fail-over", """{"reason":"mischief"}""")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await caller.GetAsync("/failover")).Status);
    }

    /// <summary>Somebody changes a balance in the primary's file, past the application.</summary>
    private async Task TamperAsync(string user, int coins) => Assert.Equal(
        1, await InPrimaryAsync($"UPDATE coin_balances SET balance = balance + ({coins}), earned = earned + ({coins}) WHERE user_id = '{user}'"));

    /// <summary>Puts the fallback's row of an entry in the place of the primary's.</summary>
    private Task<int> RestoreEntryAsync(Guid entry) => InPrimaryAsync(
        $"""
        ATTACH DATABASE '{app.Services.GetRequiredService<FallbackDatabase>().Database.Path}' AS fallback;
        INSERT OR REPLACE INTO main.coin_transactions SELECT * FROM fallback.coin_transactions WHERE entry_id = '{entry:D}';
        DETACH DATABASE fallback
        """);

    private async Task<int> InPrimaryAsync(string sql)
    {
        await using var connection = await app.Services.GetRequiredService<PrimaryStandIn>().Database.OpenAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>The latest proof, which is made a moment after writes go on.</summary>
    private async Task<FailoverProof> LatestProofAsync(FailoverAction action, FailoverProof? after = null)
    {
        FailoverProof? proof = null;
        await FailoverApp.UntilAsync(
            () => app.Coordinator.Current.Proofs is [var latest, ..] && (proof = latest).Action == action && latest.Id != after?.Id, () => $"a proof of {action}");
        return proof!;
    }

    /// <summary>The same request from fifty callers at once, each until it has an answer: entry, balance after it, place of its making.</summary>
    private Task<(string? EntryId, long BalanceAfter, string? RecordedAt)[]> SpendFiftyTimesAsync(string user, string key) => Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
    {
        while (true)
        {
            var answer = await _api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""", key);
            if (answer.Status == HttpStatusCode.OK)
            {
                return (answer.TextOf("entryId"), answer.NumberOf("balanceAfter"), answer.TextOf("recordedAt"));
            }

            Assert.True(answer.Status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.Accepted, $"{answer.Status}: {answer.Text}");
            await Task.Delay(20);
        }
    }));

    private async Task AcceptedAsync(string action) =>
        Assert.Equal(HttpStatusCode.Accepted, (await _api.PostAsync($"/failover/{action}", $$"""{"reason":"test of {{action}}"}""")).Status);

    /// <summary>Everything in the process.</summary>
    public sealed class App : FailoverApp;
}
