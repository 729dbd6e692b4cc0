using System.Net;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Economy;
using GavatDashboard.Features.Security;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Features.Health;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;

namespace GavatDashboard.Tests.Features.Economy;

/// <summary>A policy on its way into the ledger, with the real stores behind it.</summary>
public abstract class PolicyPublishingContract(AppFixture app) : IAsyncDisposable
{
    private readonly HttpClient _client = app.CreateClient();

    private ApiCaller Api => new(_client);

    [Fact]
    public async Task Publish_OfLimitAndThreshold_HoldsAtOnceMovesTiersAndIsAudited()
    {
        var (rich, poor) = (await Api.CreateRichUserAsync(400), await Api.CreateUserAsync());
        var service = Service("user:ada");
        var before = await service.ReadAsync(CancellationToken.None);
        var draft = new PolicyDraft(before) { [nameof(LedgerPolicy.SpendPerDay)] = "30", [nameof(LedgerPolicy.SilverFrom)] = "400", ["spend_content"] = "20" };
        var policy = draft.Read(out _)!;

        var preview = await service.PreviewTiersAsync(before, policy, DateTimeOffset.UtcNow, CancellationToken.None);
        Assert.Contains(preview.Named, change => change is { From: Tier.Bronze, To: Tier.Silver } && change.UserId == rich);
        Assert.DoesNotContain(preview.Named, change => change.UserId == poor);
        Assert.Equal(preview.Users, preview.Moves.Sum(move => move.Users));

        Assert.IsType<OperationResult.PolicyChanged>(await service.PublishAsync(before, policy, "too much is spent", $"key-{rich}", CancellationToken.None));
        Assert.IsType<OperationResult.PolicyChanged>(await service.PublishAsync(before, policy, "too much is spent", $"key-{rich}", CancellationToken.None));

        Assert.Equal(HttpStatusCode.OK, (await Api.PostAsync($"/coins/{rich}/spend", """{"type":"spend_content"}""")).Status);
        var refused = await Api.PostAsync($"/coins/{rich}/spend", """{"type":"spend_content"}""");
        Assert.Equal(((HttpStatusCode)422, "daily_limit", 30, 20), (refused.Status, refused.Code, refused.NumberOf("allowed"), refused.NumberOf("used")));
        var prices = (await Api.GetAsync("/prices")).Text;
        Assert.Contains("\"spend_content\"", prices, StringComparison.Ordinal);
        await MonitorHarness.WaitUntilAsync(() => app.Services.GetRequiredService<TierRefresh>().Status is { IsRunning: false } status && status.Version == policy.Version);
        Assert.Equal("silver", (await Api.GetAsync($"/coins/{rich}/stats")).TextOf("tier"));

        var outdated = Assert.IsType<OperationResult.Refused>(await service.PublishAsync(before, policy, "again", $"other-{rich}", CancellationToken.None));
        Assert.Equal(Refusal.PolicyOutdated, outdated.Refusal.Code);
        var published = (await service.ListPublishedAsync(5, CancellationToken.None))[0];
        Assert.Equal((policy.Version, "user:ada", "too much is spent"), (published.Version, published.Actor, published.Reason));
        Assert.Contains(new PolicyChange(nameof(LedgerPolicy.SpendPerDay), 500, 30), published.Changes);

        Assert.IsType<OperationResult.PolicyChanged>(await service.PublishAsync(
            policy, LedgerPolicy.Default with { Version = policy.Version + 1 }, "back again", $"back-{rich}", CancellationToken.None));
        await MonitorHarness.WaitUntilAsync(() => app.Services.GetRequiredService<TierRefresh>().Status is { IsRunning: false } status && status.Version == policy.Version + 1);
        Assert.Equal("bronze", (await Api.GetAsync($"/coins/{rich}/stats")).TextOf("tier"));
    }

    [Fact]
    public async Task Publish_BySomebodyWhoIsNoAdmin_ChangesNothing()
    {
        var service = Service(null);
        var before = await service.ReadAsync(CancellationToken.None);

        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => service.PublishAsync(before, before with { Version = before.Version + 1 }, "mine", "nobody", CancellationToken.None));

        Assert.Equal(before.Version, (await service.ReadAsync(CancellationToken.None)).Version);
    }

    [Fact]
    public async Task Page_ForSupport_IsForbiddenOnTheServer()
    {
        const string Password = "support-Correct7-horse!";
        await app.AddUserAsync("policy-support", ConsoleRoles.Support, Password);
        using var support = await app.SignInAsync("policy-support", Password);

        using var answer = await support.GetAsync(new Uri("/admin/policies", UriKind.Relative));

        Assert.NotEqual(HttpStatusCode.OK, answer.StatusCode);
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private PolicyService Service(string? actor)
    {
        var gate = Substitute.For<IAdminGate>();
        gate.FindActorAsync(Arg.Any<CancellationToken>()).Returns(actor);
        return new(app.Services.GetRequiredService<CoinService>(), app.Services.GetRequiredService<ILedgerStores>(), gate, app.Services.GetRequiredService<IAuditLog>());
    }
}

public sealed class EmbeddedPolicyPublishingTests(AppFixture app) : PolicyPublishingContract(app), IClassFixture<AppFixture>;

public sealed class PostgresPolicyPublishingTests(PostgresAppFixture app) : PolicyPublishingContract(app), IClassFixture<PostgresAppFixture>;
