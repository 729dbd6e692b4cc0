using System.Net;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Tests.App;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Analysis;

public abstract class AnalysisApiContract(AppFixture app) : IDisposable
{
    private readonly HttpClient _client = app.CreateClient();

    private ApiCaller Api => new(_client);

    public void Dispose()
    {
        _client.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Profile_OfAUser_SaysWhyAndWhence()
    {
        var user = await Api.CreateRichUserAsync(5_000);

        var answer = await Api.GetAsync($"/users/{user}/profile?refresh=true");

        Assert.Equal((HttpStatusCode.OK, "newbie", "low"), (answer.Status, answer.TextOf("segment"), answer.TextOf("riskLevel")));
        Assert.Equal("age_days", answer.Json.GetProperty("decidedBy").GetProperty("evidence")[0].GetProperty("fact").GetString());
        Assert.Equal(HttpStatusCode.OK, (await Api.GetAsync($"/users/{user}/profile")).Status);
        Assert.Equal("unknown_user", (await Api.GetAsync("/users/nobody-at-all/profile")).Code);
        Assert.Equal("unknown_user", (await Api.GetAsync("/users/system:canary/profile")).Code);
    }

    [Fact]
    public async Task Ring_OfThree_IsListedAlertedAndCanBeDismissed()
    {
        string[] ring = [await Api.CreateUserAsync(), await Api.CreateUserAsync(), await Api.CreateUserAsync()];
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await Api.PostAsync($"/coins/{ring[i]}/earn", $$"""{"type":"earn_referral","relatedUserId":"{{ring[(i + 1) % 3]}}"}""")).Status);
        }

        var profile = await Api.GetAsync($"/users/{ring[0]}/profile?refresh=true");
        Assert.Equal("high", profile.TextOf("riskLevel"));
        Assert.Contains((await Api.GetAsync("/risk/high?limit=1000")).Json.GetProperty("items").EnumerateArray(), item => item.GetProperty("userId").GetString() == ring[0]);

        var alert = (await Api.GetAsync("/alerts?limit=1000")).Json.GetProperty("items").EnumerateArray().Single(item => item.GetProperty("userId").GetString() == ring[0]);
        var id = alert.GetProperty("alertId").GetString();
        Assert.Equal("acknowledged", (await Api.PostAsync($"/alerts/{id}/acknowledge", """{"note":"mine"}""")).TextOf("state"));
        Assert.Equal("resolved", (await Api.PostAsync($"/alerts/{id}/resolve", "{}")).TextOf("state"));
        Assert.Equal("resolved", (await Api.PostAsync($"/alerts/{id}/acknowledge", "{}")).TextOf("state"));
        Assert.Equal(HttpStatusCode.NotFound, (await Api.PostAsync($"/alerts/{Guid.NewGuid()}/resolve", "{}")).Status);

        Assert.Equal("invalid_request", (await Api.PostAsync($"/users/{ring[0]}/flags/referral-cycle/dismiss", """{"reason":" "}""")).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await Api.PostAsync($"/users/{ring[0]}/flags/velocity/dismiss", """{"reason":"x"}""")).Status);
        var dismissed = await Api.PostAsync($"/users/{ring[0]}/flags/referral-cycle/dismiss", """{"reason":"three sisters"}""");
        Assert.Equal(("low", "three sisters"), (dismissed.TextOf("riskLevel"), dismissed.Json.GetProperty("redFlags")[0].GetProperty("dismissal").GetProperty("reason").GetString()));
        Assert.Equal("low", (await Api.GetAsync($"/users/{ring[0]}/profile?refresh=true")).TextOf("riskLevel"));
        Assert.Equal("high", (await Api.PostAsync($"/users/{ring[0]}/flags/referral-cycle/restore", "{}")).TextOf("riskLevel"));
    }

    [Fact]
    public async Task Segments_AndTheirMembers_AreToldAsJsonAndCsv()
    {
        var user = await Api.CreateUserAsync("vip");
        Assert.Equal(HttpStatusCode.OK, (await Api.PostAsync($"/coins/{user}/earn", """{"type":"earn_task"}""")).Status);
        await Api.GetAsync($"/users/{user}/profile?refresh=true");

        Assert.Equal(8, (await Api.GetAsync("/segments")).Json.GetProperty("segments").GetArrayLength());
        Assert.Contains((await Api.GetAsync("/segments/vip/members?limit=1000")).Json.GetProperty("items").EnumerateArray(), item => item.GetProperty("userId").GetString() == user);
        var csv = await Api.GetAsync("/segments/vip/members?format=csv");
        Assert.Equal("text/csv", csv.MediaType);
        Assert.StartsWith("user_id,segment,rule", csv.Text, StringComparison.Ordinal);
        Assert.Contains($"\"{user}\",vip,\"vip-type\"", csv.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await Api.GetAsync("/segments/emperor/members")).Status);
        Assert.Equal("invalid_request", (await Api.GetAsync("/segments/vip/members?format=xml")).Code);
        Assert.Equal("invalid_request", (await Api.GetAsync("/risk/high?level=huge")).Code);
    }

    [Fact]
    public async Task Scopes_AreAskedFor()
    {
        using var reader = app.CreateClient(await app.CreateKeyAsync("coins:read"));
        using var users = app.CreateClient(await app.CreateKeyAsync("users:read"));

        Assert.Equal(HttpStatusCode.Forbidden, (await new ApiCaller(reader).GetAsync("/segments")).Status);
        Assert.Equal(HttpStatusCode.OK, (await new ApiCaller(users).GetAsync("/segments")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await new ApiCaller(users).PostAsync($"/alerts/{Guid.NewGuid()}/resolve", "{}")).Status);
    }

    [Fact]
    public async Task Batch_Preview_AndSimulation_GoThrough()
    {
        var user = await Api.CreateRichUserAsync(1_000);
        Assert.Equal(HttpStatusCode.OK, (await Api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content","amount":400}""")).Status);
        var (batches, rules, simulator) = (app.Services.GetRequiredService<AnalysisBatches>(), app.Services.GetRequiredService<RuleSets>(), app.Services.GetRequiredService<PolicySimulator>());

        await batches.Ended;
        Assert.True(batches.TryStart(BatchKind.Full, "tests"));
        await batches.Ended;
        Assert.Equal((WorkState.Done, BatchState.Done), (batches.Status.State, batches.Status.Result!.State));
        Assert.True(batches.Status.Result.Done >= 1);

        var stricter = RuleSet.Default with
        {
            Segments = [.. RuleSet.Default.Segments.Select(rule => rule.Name switch
            {
                "whale-month" => rule with { When = [RuleCondition.Parse("spent_30d >= 300")] },
                "vip-spender" => rule with { When = [RuleCondition.Parse("spent_30d >= 250"), rule.When[1]] },
                _ => rule,
            })],
        };
        Assert.True(rules.TryStartPreview(stricter));
        await rules.PreviewEnded;
        Assert.Contains(rules.Preview.Result!.Examples, effect => effect.UserId == user && effect is { SegmentBefore: Segment.Newbie, SegmentAfter: Segment.Whale });

        Assert.True(simulator.TryStart(LedgerPolicy.Default with { Version = 2, SpendPerDay = new(100), SilverFrom = new(900), Prices = LedgerPolicy.Default.Prices }, stricter));
        await simulator.Ended;
        Assert.Equal(WorkState.Done, simulator.Status.State);
        var report = simulator.Status.Result!;
        Assert.True(report.Before.Posted > 0 && report.Users > 0);
        Assert.True(report.Before.Spent - report.After.Spent >= 400);
        Assert.True(report.After.SpendsOverLimit > report.Before.SpendsOverLimit);

        // The rules ask for 300 coins, which the other policy would not have let through.
        Assert.DoesNotContain(report.Examples, effect => effect.UserId == user && effect.SegmentBefore != effect.SegmentAfter);
        Assert.True(simulator.TryStart(LedgerPolicy.Default with { Version = 2 }, stricter));
        await simulator.Ended;
        Assert.Contains(simulator.Status.Result!.Examples, effect => effect.UserId == user && effect is { SegmentBefore: Segment.Newbie, SegmentAfter: Segment.Whale, TierBefore: Tier.Silver });
        Assert.Equal((RuleSet.Default.Version, stricter.Version), simulator.Status.Result.Rules);
    }

    [Fact]
    public async Task Rules_Published_HoldForProfilesAndAreRefusedWhereTheyAreBadOrOutdated()
    {
        var rules = app.Services.GetRequiredService<RuleSets>();
        var before = rules.Current.Version;
        var user = await Api.CreateRichUserAsync(1_000);
        Assert.Equal(HttpStatusCode.OK, (await Api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content","amount":450}""")).Status);
        var bad = RuleSetDocument.Of(RuleSet.Default);
        bad.Segments[0].When[0] = "earn_only_coins <= -1";
        var good = RuleSetDocument.Of(RuleSet.Default);
        good.Name = "low-whales";
        good.Segments.Single(rule => rule.Name == "whale-month").When[0] = "spent_30d >= 450";
        good.Segments.Single(rule => rule.Name == "vip-spender").When[0] = "spent_30d >= 100";

        var refused = Assert.IsType<RuleSetPublication.Unusable>(await rules.PublishAsync(bad, before, "a test", "user:ada", CancellationToken.None));
        Assert.Contains(refused.Errors, error => error.Contains("'fake-two-signs' can never hold", StringComparison.Ordinal));
        var outdated = await rules.PublishAsync(good, "0-older", "a test", "user:ada", CancellationToken.None);
        Assert.Equal(before, Assert.IsType<RuleSetPublication.Outdated>(outdated).Version);
        Assert.Equal(before, rules.Current.Version);

        var done = Assert.IsType<RuleSetPublication.Done>(await rules.PublishAsync(good, before, "a test", "user:ada", CancellationToken.None));

        var profile = (await Api.GetAsync($"/users/{user}/profile")).Json;
        Assert.Equal(("whale", done.Version), (profile.GetProperty("segment").GetString(), profile.GetProperty("ruleSetVersion").GetString()));
        Assert.Equal((done.Version, "user:ada", "a test"), (await rules.ListAsync(1, CancellationToken.None)).Select(one => (one.Version, one.Actor, one.Reason)).Single());
        Assert.IsType<RuleSetPublication.Done>(await rules.PublishAsync(RuleSetDocument.Of(RuleSet.Default), done.Version, "back again", "user:ada", CancellationToken.None));
        await app.Services.GetRequiredService<AnalysisBatches>().Ended;
    }
}

public sealed class EmbeddedAnalysisApiTests(AppFixture app) : AnalysisApiContract(app), IClassFixture<AppFixture>;

public sealed class PostgresAnalysisApiTests(PostgresAppFixture app) : AnalysisApiContract(app), IClassFixture<PostgresAppFixture>;
