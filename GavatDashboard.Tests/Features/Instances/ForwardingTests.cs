using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Coins;
using GavatDashboard.Tests.Features.Failover;
using GavatDashboard.Tests.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Instances;

/// <summary>Two instances on one ledger: one owns it, the other one forwards.</summary>
public sealed class ForwardingTests : IAsyncLifetime
{
    private TwoInstances both = null!;

    public async Task InitializeAsync() => both = await TwoInstances.StartAsync();

    public async Task DisposeAsync() => await both.DisposeAsync();

    [Fact]
    public async Task Follower_AskedForEverything_AnswersAsTheOwnerWould()
    {
        var (owner, follower) = (both.First.Api, both.Second.Api);

        var user = await follower.CreateUserAsync();
        var earned = await follower.PostAsync($"/coins/{user}/earn", """{"type":"earn_bonus","amount":50}""", "bonus-1");
        var spent = await follower.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""", "content-1");
        var broke = await follower.PostAsync($"/coins/{user}/spend", """{"type":"spend_group"}""", "group-1");
        var undone = await follower.PostAsync($"/coins/entries/{spent.Json.GetProperty("entryId").GetString()}/reverse", """{"reason":"by mistake"}""", "undo-1");
        var dry = await follower.PostAsync($"/coins/{user}/earn?dryRun=true", """{"type":"earn_task"}""", "dry-1");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.UnprocessableEntity, HttpStatusCode.OK, HttpStatusCode.OK), (earned.Status, spent.Status, broke.Status, undone.Status, dry.Status));
        Assert.Equal("insufficient_funds", broke.Json.GetProperty("code").GetString());
        Assert.Equal(40, broke.Json.GetProperty("balance").GetInt64());
        foreach (var api in new[] { owner, follower })
        {
            var again = await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_bonus","amount":50}""", "bonus-1");
            Assert.True(again.Json.GetProperty("replayed").GetBoolean());
            Assert.Equal(earned.Json.GetProperty("entryId").GetString(), again.Json.GetProperty("entryId").GetString());
            Assert.Equal(HttpStatusCode.Conflict, (await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_bonus","amount":51}""", "bonus-1")).Status);
            var balance = await api.GetAsync($"/coins/{user}/balance");
            Assert.Equal(50, balance.Json.GetProperty("balance").GetInt64());
            Assert.False(balance.Json.TryGetProperty("stale", out var stale) && stale.GetBoolean());
        }
    }

    [Fact]
    public async Task Import_ThroughAFollowerWhoseOwnerStops_PostsEachLineOnce()
    {
        const int Users = 1_000;
        const int Lines = 3 * Users;
        var csv = new StringBuilder("user_id,type,amount,date\n");
        for (var line = 0; line < Lines; line++)
        {
            csv.Append(CultureInfo.InvariantCulture, $"imported-{line % Users},earn_bonus,{line + 1},2026-01-02\n");
        }

        using var client = both.Second.CreateClient();
        using var body = new StringContent(csv.ToString(), Encoding.UTF8, "text/csv");
        using var response = await client.PostAsync("/api/v1/imports?format=csv", body);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var import = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString();
        await FailoverApp.UntilAsync(() => Read().GetProperty("processedLines").GetInt64() >= Users / 4, () => Read().ToString());
        await both.First.StopAsync();
        await FailoverApp.UntilAsync(() => Read().GetProperty("state").GetString() == "completed", () => Read().ToString());

        var end = Read();
        Assert.Equal((Lines, Users, 0, 0), (end.GetProperty("entries").GetInt64(), end.GetProperty("usersCreated").GetInt64(), end.GetProperty("duplicates").GetInt64(), end.GetProperty("rejected").GetArrayLength()));
        var accounts = await both.Second.Stores.Current.FindAccountsAsync([.. Enumerable.Range(0, Users).Select(user => $"imported-{user}")], CancellationToken.None);
        Assert.Equal(Lines * (Lines + 1L) / 2, accounts.Sum(account => account.Balance.Value));

        JsonElement Read() => both.Second.Api.GetAsync($"/imports/{import}").Result.Json;
    }

    [Fact]
    public async Task SameKey_ThroughBothAtOnce_IsDoneOnce()
    {
        var user = await both.First.CreateUserAsync();
        for (var i = 0; i < 20; i++)
        {
            var operation = Operations.Post(user, "earn_purchase", 7);
            var answers = await Task.WhenAll(both.First.DoAsync(operation), both.Second.DoAsync(operation), both.Second.DoAsync(operation), both.First.DoAsync(operation));

            Assert.Equal(1, answers.Count(answer => !answer.Posted().Replayed));
            Assert.Single(answers.Select(answer => answer.Posted().Entry.Id).Distinct());
        }

        Assert.Equal(140, (await both.Second.Stores.Current.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);
    }

    [Fact]
    public async Task Follower_ReadsItsOwnWritesAndThoseOfTheOwner()
    {
        var (owner, follower) = (both.First.Api, both.Second.Api);
        var user = await owner.CreateUserAsync();
        var balance = 0;
        for (var i = 0; i < 60; i++)
        {
            var answer = await (i % 2 == 0 ? owner : follower).PostAsync($"/coins/{user}/earn", """{"type":"earn_purchase","amount":3}""");
            balance += 3;
            Assert.Equal(balance, answer.Json.GetProperty("balanceAfter").GetInt64());
            Assert.Equal(balance, (await owner.GetAsync($"/coins/{user}/balance")).Json.GetProperty("balance").GetInt64());
            Assert.Equal(balance, (await follower.GetAsync($"/coins/{user}/balance")).Json.GetProperty("balance").GetInt64());
        }

        // The pages there are as alive as here.
        var feed = both.Second.Services.GetRequiredService<ILedgerFeed>();
        await FailoverApp.UntilAsync(() => feed.Current.Recent.Any(entry => entry.UserId == user && entry.BalanceAfter.Value == balance), () => "the follower shows the last entry");
        Assert.Equal(feed.Current.Recent.Count, feed.Current.Recent.Select(entry => entry.Id).Distinct().Count());
    }

    [Fact]
    public async Task Follower_IsHealthyAndSaysWhatItIs()
    {
        var answer = await both.Second.Api.GetAsync("/failover");
        Assert.Equal("following", answer.Json.GetProperty("state").GetString());
        Assert.Equal("follower", answer.Json.GetProperty("role").GetString());
        Assert.Equal(both.First.Name, answer.Json.GetProperty("owner").GetString());
        Assert.Equal("forwarded", answer.Json.GetProperty("writes").GetString());
        Assert.Equal(2, answer.Json.GetProperty("instances").GetArrayLength());
        Assert.Equal("owner", (await both.First.Api.GetAsync("/failover")).Json.GetProperty("role").GetString());

        foreach (var app in new[] { both.First, both.Second })
        {
            using var client = app.CreateClient();
            var health = string.Empty;
            await FailoverApp.UntilAsync(
                () => (health = client.GetStringAsync(new Uri("/health", UriKind.Relative)).GetAwaiter().GetResult()).Contains("\"healthy\":7", StringComparison.Ordinal), () => health);
        }
    }

    [Fact]
    public async Task Forwarding_WithoutASignature_IsRefused()
    {
        using var client = both.First.CreateClient();
        using var body = new StringContent("""{"owner":"x","operations":[]}""");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.PostAsync(new Uri("/instances/ledger", UriKind.Relative), body)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri("/instances/ledger", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task OwnerOnItsFallback_IsWrittenThroughTheFollowerAllTheSame()
    {
        var user = await both.First.CreateUserAsync();
        await both.First.DoAsync(Operations.Post(user, "earn_purchase", 10));
        await both.Postgres.KillAsync();
        await both.First.UntilAsync(FailoverState.Fallback);

        var operation = Operations.Post(user, "earn_purchase", 5);
        var answer = (await both.Second.DoAsync(operation)).Posted();
        Assert.Equal(15, answer.Entry.BalanceAfter.Value);
        Assert.Equal(FailoverState.Following, both.Second.State);

        await both.Postgres.RestartAsync();
        await both.First.UntilReadyAsync();
        await both.UntilFollowsAsync(both.Second);
        Assert.True((await both.Second.DoAsync(operation)).Posted().Replayed);
        var balance = await both.Second.Api.GetAsync($"/coins/{user}/balance");
        Assert.Equal(15, balance.Json.GetProperty("balance").GetInt64());
        await both.First.AssertSameAsync();
    }

    [Fact]
    public async Task OwnerMovedToItsFallbackByHand_TheFollowerCallsWhatItReadsOld()
    {
        var user = await both.First.CreateUserAsync();
        await both.First.DoAsync(Operations.Post(user, "earn_purchase", 10));
        await both.First.Coordinator.AskAsync(GavatDashboard.Features.Failover.FailoverRequestKind.FailOver, "maintenance");
        await both.First.UntilAsync(FailoverState.Fallback);
        await both.Second.DoAsync(Operations.Post(user, "earn_purchase", 5));

        var balance = await both.Second.Api.GetAsync($"/coins/{user}/balance");

        Assert.Equal(10, balance.Json.GetProperty("balance").GetInt64());
        Assert.True(balance.Json.GetProperty("stale").GetBoolean());
        // The owner's word comes with the follower's next look at it.
        await FailoverApp.UntilAsync(
            () => both.Second.Coordinator.FindRefusalAsync(GavatDashboard.Features.Failover.FailoverRequestKind.TakeOver).GetAwaiter().GetResult() is not null,
            () => "a take-over would be accepted");
        Assert.Contains("acknowledged operations", await both.Second.Coordinator.AskAsync(GavatDashboard.Features.Failover.FailoverRequestKind.TakeOver, "impatience"), StringComparison.Ordinal);
    }
}
