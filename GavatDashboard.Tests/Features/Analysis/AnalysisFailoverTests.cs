using System.Net;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Stores.Analysis;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Features.Failover;
using GavatDashboard.Tests.Stores;
using GavatDashboard.Tests.Stores.Redis;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Analysis;

/// <summary>PostgreSQL is killed: the analyzer answers from the fallback, and what is written there reaches PostgreSQL afterwards.</summary>
public sealed class AnalysisFailoverTests(PostgresFailoverApp app) : IClassFixture<PostgresFailoverApp>
{
    [Fact]
    public async Task Analysis_WhilePostgresIsGone_AnswersFromTheFallbackAndItsHistoryComesBack()
    {
        await app.UntilReadyAsync();
        string[] ring = [await app.CreateUserAsync(), await app.CreateUserAsync(), await app.CreateUserAsync()];
        for (var i = 0; i < ring.Length; i++)
        {
            (await app.DoAsync(Operations.Post(ring[i], "earn_referral") with { RelatedUserId = ring[(i + 1) % ring.Length] })).Posted();
        }

        using var client = app.CreateClient();
        var api = new ApiCaller(client);
        var before = await api.GetAsync($"/users/{ring[0]}/profile?refresh=true");
        Assert.Equal(("high", "postgresql"), (before.TextOf("riskLevel"), before.TextOf("source")));
        await Eventually.IsTrueAsync(async () => await FindInFallbackAsync(ring[0]) == 1, "the fallback hears of the profile");

        await app.Server.KillAsync();
        await app.UntilAsync(FailoverState.Fallback);

        var during = await api.GetAsync($"/users/{ring[0]}/profile?refresh=true");
        Assert.Equal((HttpStatusCode.OK, "high", "sqlite"), (during.Status, during.TextOf("riskLevel"), during.TextOf("source")));
        Assert.True((await api.GetAsync("/segments")).Json.GetProperty("segments").EnumerateArray().Sum(segment => segment.GetProperty("users").GetInt64()) >= 1);
        Assert.Contains((await api.GetAsync("/risk/high")).Json.GetProperty("items").EnumerateArray(), item => item.GetProperty("userId").GetString() == ring[0]);
        var dismissed = await api.PostAsync($"/users/{ring[0]}/flags/referral-cycle/dismiss", """{"reason":"three sisters"}""");
        Assert.Equal(("low", "sqlite"), (dismissed.TextOf("riskLevel"), dismissed.TextOf("source")));

        await app.Server.RestartAsync();
        await app.UntilReadyAsync();

        var profiles = app.Services.GetRequiredService<IProfileStore>();
        await Eventually.IsTrueAsync(
            async () => (await profiles.ListChangesAsync(ring[0], 10, CancellationToken.None)).Any(change => change is { Kind: ChangeKind.Risk, From: "high", To: "low" }),
            "the change that was found during the outage is in PostgreSQL");
        await Eventually.IsTrueAsync(
            async () => await api.GetAsync($"/users/{ring[0]}/profile?refresh=true") is var after && after.TextOf("source") == "postgresql" && after.TextOf("riskLevel") == "low",
            "the dismissal holds in PostgreSQL");
    }

    private Task<long> FindInFallbackAsync(string userId)
    {
        var database = app.Services.GetRequiredService<AnalysisDatabases>().Fallback;
        return database.ReadAsync(
            async (connection, transaction) =>
            {
                await using var command = database.Dialect.Command(connection, transaction, "SELECT count(*) FROM erko_profiles WHERE user_id = @id AND risk_level = 'high'");
                database.Dialect.Sql.Add(command, "id", userId);
                return (long)(await command.ExecuteScalarAsync())!;
            },
            CancellationToken.None);
    }
}
