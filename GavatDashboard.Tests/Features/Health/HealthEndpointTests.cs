using System.Net;
using System.Text.Json;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Failover;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Security;
using GavatDashboard.Tests.App;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GavatDashboard.Tests.Features.Health;

public sealed class HealthEndpointTests(AppFixture app) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Health_WithTheScope_IsTheContract()
    {
        using var client = app.CreateClient(await app.CreateKeyAsync(ApiScopes.Health));
        await WaitUntilProbedAsync();

        using var answer = await client.GetAsync(new Uri("/health", UriKind.Relative));
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(["status", "healthy", "total", "components"], json.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal(7, json.RootElement.GetProperty("total").GetInt32());
        var components = json.RootElement.GetProperty("components").EnumerateArray().ToList();
        Assert.Equal(ComponentIds.All, components.Select(component => component.GetProperty("id").GetString()));
        Assert.All(components, component =>
        {
            Assert.Equal(["id", "status", "latencyMs", "checkedAt", "reason"], component.EnumerateObject().Select(property => property.Name));
            Assert.Contains(component.GetProperty("status").GetString(), (string[])["healthy", "degraded", "unhealthy", "unknown"]);
            Assert.True(component.GetProperty("latencyMs").GetDouble() >= 0);
            Assert.Equal(TimeSpan.Zero, component.GetProperty("checkedAt").GetDateTimeOffset().Offset);
            Assert.False(string.IsNullOrWhiteSpace(component.GetProperty("reason").GetString()));
        });
        Assert.Equal(
            components.Count(component => component.GetProperty("status").GetString() == "healthy"),
            json.RootElement.GetProperty("healthy").GetInt32());
    }

    [Fact]
    public async Task Health_Embedded_SaysWhatStandsInForPostgreSql()
    {
        await WaitUntilProbedAsync();

        var postgres = app.Services.GetRequiredService<IHealthFeed>().Current.Find(ComponentIds.PostgreSql)!;

        Assert.Equal(ComponentStatus.Healthy, postgres.Status);
        Assert.Equal("SQLite file in the place of PostgreSQL", postgres.StandIn);
        Assert.Contains("in the place of PostgreSQL", postgres.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("wrong-key-wrong-key-wrong-key", HttpStatusCode.Unauthorized)]
    public async Task Health_WithoutAKnownKey_IsRefused(string? key, HttpStatusCode expected)
    {
        using var client = app.CreateClient(key);
        using var answer = await client.GetAsync(new Uri("/health", UriKind.Relative));

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Health_WithAnotherScope_IsForbidden()
    {
        using var client = app.CreateClient(await app.CreateKeyAsync(ApiScopes.CoinsRead));
        using var answer = await client.GetAsync(new Uri("/health", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Health_SignedIn_IsShown()
    {
        using var client = await app.SignInAsync();
        using var answer = await client.GetAsync(new Uri("/health", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task LiveAndReady_WithoutAKey_Answer()
    {
        await WaitUntilProbedAsync();
        using var client = app.CreateClient(apiKey: null);
        using var live = await client.GetAsync(new Uri("/health/live", UriKind.Relative));
        using var ready = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Equal((HttpStatusCode.OK, """{"status":"ready","reason":"The ledger takes writes."}"""), (ready.StatusCode, await ready.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task Canary_AfterItsRuns_IsAtZeroInTheLedgerAndInNoSearch()
    {
        await WaitUntilProbedAsync();
        var ledger = app.Services.GetRequiredService<ILedgerStores>().Current;

        var account = await ledger.FindAccountAsync(SystemAccounts.Canary, CancellationToken.None);
        var entries = await ledger.ListEntriesAsync(new EntryQuery { UserId = SystemAccounts.Canary }, CancellationToken.None);

        Assert.True(account!.Earned > CoinAmount.Zero);
        Assert.Contains(entries, entry => entry.Type == EntryType.EarnAdmin);
        Assert.Contains(entries, entry => entry.Type == EntryType.SpendAdmin);
        Assert.Empty(await ledger.SearchUsersAsync("canary", 10, CancellationToken.None));
    }

    [Fact]
    public async Task FailoverState_InTheFallbacksFile_IsWrittenAtTheStart()
    {
        await WaitUntilProbedAsync();
        var record = await app.Services.GetRequiredService<IFailoverStore>().FindAsync(CancellationToken.None);

        Assert.Equal(FailoverState.Primary, record!.Memory.State);
        Assert.NotEmpty(record.Instance);
    }

    [Fact]
    public async Task HealthChecks_OfAspNetCore_HoldTheSeven()
    {
        await WaitUntilProbedAsync();
        var report = await app.Services.GetRequiredService<HealthCheckService>()
            .CheckHealthAsync(check => check.Tags.Contains(HealthRegistration.ComponentTag), CancellationToken.None);

        Assert.Equal(ComponentIds.All.Order(StringComparer.Ordinal), report.Entries.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(HealthStatus.Healthy, report.Entries[ComponentIds.Sqlite].Status);
    }

    private Task WaitUntilProbedAsync()
    {
        var feed = app.Services.GetRequiredService<IHealthFeed>();
        return MonitorHarness.WaitUntilAsync(() => feed.Current.Components.All(component => component.CheckedAt is not null)
            && feed.Current.Find(ComponentIds.AutoRecovery)!.Status == ComponentStatus.Healthy
            && feed.Current.Find(ComponentIds.CoinService)!.Status == ComponentStatus.Healthy
            && feed.Current.Find(ComponentIds.Sqlite)!.Status == ComponentStatus.Healthy);
    }
}
