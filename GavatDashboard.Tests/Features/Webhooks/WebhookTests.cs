using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Security;
using GavatDashboard.Features.Webhooks;
using GavatDashboard.Stores.Sqlite.Console;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Features.Health;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NSubstitute;

namespace GavatDashboard.Tests.Features.Webhooks;

/// <summary>Incidents told to somebody who listens on a real port, over failures and a restart.</summary>
public sealed class WebhookTests : IAsyncLifetime
{
    private const string Secret = "tests-a-shared-secret-of-32-bytes";
    private WebhookListener listener = null!;
    private TellingApp app = null!;

    public async Task InitializeAsync()
    {
        listener = await WebhookListener.StartAsync();
        app = new TellingApp(listener.Address);
        await app.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await app.DisposeAsync();
        await listener.DisposeAsync();
    }

    [Fact]
    public async Task Incident_FromBeginningToEnd_IsToldOnceEachAndSigned()
    {
        var subject = Report(ComponentStatus.Unhealthy, "two sums differ");
        await WaitForAsync(subject, 1);
        Report(ComponentStatus.Healthy, "everything agrees", subject);
        var told = await WaitForAsync(subject, 2);

        Assert.Equal(["incident.opened", "incident.closed"], told.Select(one => one.Headers["Gavat-Event"]));
        var (opened, closed) = (Body(told[0]), Body(told[1]));
        Assert.Equal("/hooks/gavat", told[0].Path);
        Assert.Equal("application/json; charset=utf-8", told[0].Headers["Content-Type"]);
        Assert.Equal(told[0].Headers["Gavat-Delivery"], opened.GetProperty("id").GetString());
        var incident = opened.GetProperty("incident");
        Assert.Equal(
            (subject, "critical", "open", "unhealthy", "two sums differ"),
            (Text(incident, "subject"), Text(incident, "severity"), Text(incident, "state"), Text(incident, "status"), Text(incident, "cause")));
        Assert.Equal(new Uri(app.Address, $"/incidents/{incident.GetProperty("id").GetGuid():D}").ToString(), Text(incident, "url"));
        Assert.False(incident.TryGetProperty("endedAt", out _));
        Assert.Equal(("closed", "everything agrees"), (Text(closed.GetProperty("incident"), "state"), Text(closed.GetProperty("incident"), "reason")));
        Assert.All(told, one => Assert.True(IsSigned(one, Secret)));
        Assert.All(told, one => Assert.False(IsSigned(one, Secret + "x")));

        await Task.Delay(300);
        Assert.Equal(2, About(subject).Count);
        Assert.All(await ListAsync(incident.GetProperty("id").GetGuid()), one => Assert.Equal((DeliveryState.Delivered, 1), (one.State, one.Attempts)));
    }

    [Fact]
    public async Task Delivery_AnsweredWith500_IsSentAgainAsItWasAndInOrder()
    {
        listener.Answer = (context, before) => AnswerAsync(context, before < 2 ? 500 : 204);
        var subject = Report(ComponentStatus.Unhealthy, "two sums differ");
        await WaitForAsync(subject, 1);
        Report(ComponentStatus.Healthy, "everything agrees", subject);

        var told = await WaitForAsync(subject, 4);

        Assert.Equal(["incident.opened", "incident.opened", "incident.opened", "incident.closed"], told.Select(one => one.Headers["Gavat-Event"]));
        Assert.Single(told.Take(3).Select(one => Convert.ToHexString(one.Body)).Distinct());
        Assert.All(told, one => Assert.True(IsSigned(one, Secret)));
        await WaitUntilAsync(async () => await ListAsync() is [{ Attempts: 1, State: DeliveryState.Delivered }, { Attempts: 3, State: DeliveryState.Delivered }]);
    }

    [Fact]
    public async Task Delivery_ThatWaitsAtARestart_IsSentAfterIt()
    {
        listener.Answer = (context, _) => AnswerAsync(context, 503);
        var subject = Report(ComponentStatus.Unhealthy, "two sums differ");
        await WaitForAsync(subject, 1);

        await app.StopAsync();
        listener.Answer = (context, _) => AnswerAsync(context, 200);
        var before = About(subject).Count;
        app.StartAgain();

        var told = await WaitForAsync(subject, before + 1);
        Assert.Single(told.Select(one => one.Headers["Gavat-Delivery"]).Distinct());
        await WaitUntilAsync(async () => await ListAsync() is [{ State: DeliveryState.Delivered }]);
    }

    [Fact]
    public async Task Delivery_NeverTaken_IsGivenUpWithARecordAndSentAgainByAnAdmin()
    {
        var away = listener.Address + "/elsewhere";
        listener.Answer = (context, _) =>
        {
            context.Response.Redirect(away);
            return Task.CompletedTask;
        };
        var subject = Report(ComponentStatus.Unhealthy, "two sums differ");
        await WaitUntilAsync(async () => await ListAsync() is [{ State: DeliveryState.GivenUp }]);

        var given = Assert.Single(await ListAsync());
        Assert.Equal((4, "It answered with status 302; redirects are not followed."), (given.Attempts, given.Problem));
        Assert.All(About(subject), one => Assert.Equal("/hooks/gavat", one.Path));
        Assert.Equal(4, About(subject).Count);

        listener.Answer = (context, _) => AnswerAsync(context, 200);
        var service = Service("user:ada");
        Assert.True(await service.RetryAsync(given.Id, CancellationToken.None));
        Assert.False(await service.RetryAsync(given.Id, CancellationToken.None));
        await WaitUntilAsync(async () => await ListAsync() is [{ State: DeliveryState.Delivered }]);
        var audited = await app.Services.GetRequiredService<IAuditLog>().ListAsync(new AuditFilter(Target: $"webhook:{given.Id:N}"), null, 10, CancellationToken.None);
        Assert.Equal(("user:ada", "webhook.retried"), (audited.Single().Actor, audited.Single().Action));
    }

    [Fact]
    public async Task Delivery_ToSomebodySlow_IsGivenATimeLimit()
    {
        listener.Answer = (context, before) => before == 0 ? Task.Delay(TimeSpan.FromSeconds(30), context.RequestAborted) : Task.CompletedTask;
        Report(ComponentStatus.Unhealthy, "two sums differ");

        await WaitUntilAsync(async () => await ListAsync() is [{ State: DeliveryState.Delivered, Attempts: 2 }]);
    }

    [Fact]
    public async Task Test_ByAnAdmin_IsSentAndAuditedAndByOthersRefused()
    {
        var service = Service("user:ada");
        Assert.True(await service.TestAsync("pager", CancellationToken.None));
        Assert.False(await service.TestAsync("nobody", CancellationToken.None));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => Service(null).TestAsync("pager", CancellationToken.None));

        await WaitUntilAsync(() => Task.FromResult(listener.All.Count == 1));
        Assert.Equal("test", Body(listener.All[0]).GetProperty("event").GetString());
        Assert.False(Body(listener.All[0]).TryGetProperty("incident", out _));
        Assert.Single(await app.Services.GetRequiredService<IAuditLog>().ListAsync(new AuditFilter(Action: "webhook.tested"), null, 10, CancellationToken.None));
    }

    private static Task AnswerAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static JsonElement Body(WebhookListener.Heard heard) => JsonDocument.Parse(heard.Body).RootElement;

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    /// <summary>As somebody who is told would check it, from the README alone.</summary>
    private static bool IsSigned(WebhookListener.Heard heard, string secret)
    {
        var parts = heard.Headers["Gavat-Signature"].Split(',').Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1], StringComparer.Ordinal);
        var age = DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeSeconds(long.Parse(parts["t"], CultureInfo.InvariantCulture));
        byte[] signed = [.. Encoding.UTF8.GetBytes(parts["t"] + "."), .. heard.Body];
        return age < TimeSpan.FromMinutes(5) && Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed)) == parts["v1"];
    }

    private static async Task WaitUntilAsync(Func<Task<bool>> isSo)
    {
        for (var i = 0; i < 400; i++)
        {
            if (await isSo())
            {
                return;
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException("It did not come to that.");
    }

    private string Report(ComponentStatus status, string reason, string? subject = null)
    {
        subject ??= IncidentSubjects.OfReconciliation($"ledger-{Guid.NewGuid():N}");
        app.Services.GetRequiredService<IIncidentDesk>().Report(subject, status, reason);
        return subject;
    }

    private List<WebhookListener.Heard> About(string subject) =>
        [.. listener.All.Where(one => Body(one).TryGetProperty("incident", out var incident) && Text(incident, "subject") == subject)];

    private async Task<IReadOnlyList<WebhookListener.Heard>> WaitForAsync(string subject, int count)
    {
        await MonitorHarness.WaitUntilAsync(() => About(subject).Count >= count);
        return About(subject);
    }

    private Task<IReadOnlyList<WebhookDelivery>> ListAsync(Guid? incident = null) =>
        app.Services.GetRequiredService<IWebhookStore>().ListAsync(incident, 100, CancellationToken.None);

    private WebhookService Service(string? actor)
    {
        var gate = Substitute.For<IAdminGate>();
        gate.FindActorAsync(Arg.Any<CancellationToken>()).Returns(actor);
        var services = app.Services;
        return new(
            services.GetRequiredService<IWebhookStore>(), services.GetRequiredService<WebhookHerald>(), services.GetRequiredService<WebhookSignal>(),
            services.GetRequiredService<IConsoleUnitOfWork>(), gate, services.GetRequiredService<IAuditLog>(), services.GetRequiredService<IOptions<WebhookOptions>>(), TimeProvider.System);
    }

    private sealed class TellingApp(string listener) : AppFixture
    {
        protected override Task ChangeSettingsAsync(IDictionary<string, string> settings)
        {
            settings["Webhooks:Endpoints:0:Name"] = "pager";
            settings["Webhooks:Endpoints:0:Url"] = listener + "/hooks/gavat";
            settings["Webhooks:Endpoints:0:Secret"] = Secret;
            settings["Webhooks:MinimumSeverity"] = "Critical";
            settings["Webhooks:FirstRetrySeconds"] = "0.1";
            settings["Webhooks:TimeoutSeconds"] = "1";
            settings["Webhooks:MaxAttempts"] = "4";
            return Task.CompletedTask;
        }
    }
}
