using Bunit;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Failover;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Incidents;
using GavatDashboard.Features.Security;
using GavatDashboard.Features.Webhooks;
using GavatDashboard.Stores.Sqlite.Console;
using GavatDashboard.Tests.Features.Health;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;

namespace GavatDashboard.Tests.Ui.Incidents;

public sealed class IncidentPagesTests : ComponentTest
{
    private readonly MonitorHarness _harness = new();
    private readonly IIncidentArchive _archive = Substitute.For<IIncidentArchive>();
    private readonly IFailoverControl _failover = Substitute.For<IFailoverControl>();
    private readonly IAdminGate _gate = Substitute.For<IAdminGate>();
    private readonly IIncidentHerald _herald = Substitute.For<IIncidentHerald>();
    private readonly IConsoleUnitOfWork _unitOfWork = Substitute.For<IConsoleUnitOfWork>();
    private readonly IWebhookStore _webhooks = Substitute.For<IWebhookStore>();
    private IReadOnlyList<WebhookDelivery> _deliveries = [];
    private IncidentCase _case = new(Incident.Open(Guid.NewGuid(), ComponentIds.Redis, new(Now.AddMinutes(-5), ComponentStatus.Unhealthy, "connection refused")), null, []);

    public IncidentPagesTests()
    {
        _gate.FindActorAsync(Policies.Operator, Arg.Any<CancellationToken>()).Returns("user:ada");
        _failover.ListJournalAsync(Arg.Any<int>(), Arg.Any<CancellationToken>()).Returns([]);
        _archive.FindAsync(_case.Incident.Id, Arg.Any<CancellationToken>()).Returns(_ => _case);
        _archive.ListAsync(Arg.Any<IncidentQuery>(), Arg.Any<CancellationToken>()).Returns(_ => [_case]);
        _archive.AcknowledgeAsync(Arg.Any<Guid>(), Arg.Any<IncidentAcknowledgement>(), Arg.Any<CancellationToken>()).Returns(call =>
        {
            _case = _case with { Acknowledgement = call.Arg<IncidentAcknowledgement>() };
            return true;
        });
        _archive.AddNoteAsync(Arg.Any<Guid>(), Arg.Any<IncidentNote>(), Arg.Any<CancellationToken>()).Returns(call =>
        {
            _case = _case with { Notes = [.. _case.Notes, call.Arg<IncidentNote>()] };
            return true;
        });
        _unitOfWork.RunAsync(Arg.Any<Func<CancellationToken, Task<bool>>>(), Arg.Any<Func<bool, bool>>(), Arg.Any<CancellationToken>())
            .Returns(call => call.Arg<Func<CancellationToken, Task<bool>>>()(CancellationToken.None));
        _webhooks.ListAsync(_case.Incident.Id, Arg.Any<int>(), Arg.Any<CancellationToken>()).Returns(_ => _deliveries);
        Context.Services.AddSingleton(_webhooks);
        Context.Services.AddSingleton(new WebhookSignal());
        Context.Services.AddSingleton(new HealthRecorder(_harness.Monitor, Substitute.For<IHealthArchive>(), _archive, _herald, _unitOfWork, Time, NullLogger<HealthRecorder>.Instance));
        Context.Services.AddSingleton(new IncidentService(_archive, _failover, _herald, _unitOfWork, _gate, Substitute.For<IAuditLog>(), Time));
    }

    [Fact]
    public void List_Filtered_AsksForItAndKeepsItInTheAddress()
    {
        Context.Services.GetRequiredService<NavigationManager>().NavigateTo("/incidents?subject=redis&state=open");
        var page = Context.Render<IncidentsPage>();

        _archive.Received().ListAsync(Arg.Is<IncidentQuery>(query => query.Subject == "redis" && query.State == IncidentState.Open), Arg.Any<CancellationToken>());
        Assert.Equal($"/incidents/{_case.Incident.Id}", page.Find("[data-incident=Open] a").GetAttribute("href"));
        Assert.Equal("true", page.Find("nav.tabs a[href='/incidents?subject=redis&state=open']").GetAttribute("aria-current"));
    }

    [Fact]
    public void List_OfNothing_SaysSo()
    {
        _archive.ListAsync(Arg.Any<IncidentQuery>(), Arg.Any<CancellationToken>()).Returns([]);

        Assert.Contains("No incidents", Context.Render<IncidentsPage>().Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Incident_ToldToSomebody_ShowsWhetherItWasTaken()
    {
        var first = new WebhookDelivery { Id = Guid.NewGuid(), Endpoint = "pager", Event = "incident.opened", Body = "{}", CreatedAt = Now.AddMinutes(-5), State = DeliveryState.Delivered, Attempts = 2, EndedAt = Now };
        _deliveries = [first with { Id = Guid.NewGuid(), Event = "incident.closed", State = DeliveryState.GivenUp, Problem = "It answered with status 500." }, first];

        var page = Render();

        Assert.Equal(["Delivered", "GivenUp"], page.FindAll("[data-delivery]").Select(one => one.GetAttribute("data-delivery")));
        Assert.Contains("It answered with status 500.", page.Find("[data-delivery=GivenUp]").TextContent, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("[data-delivery] button"));
    }

    [Fact]
    public void Incident_AcknowledgedAndNoted_ShowsWhoAndWhat()
    {
        var page = Render();
        page.Find("[data-acknowledged] button").Click();
        Assert.Contains("user:ada", page.Find("[data-acknowledged]").TextContent, StringComparison.Ordinal);
        Assert.Single(page.FindAll("[data-state=Acknowledged]"));
        _herald.Received(1).KeepAsync(_case.Incident, Arg.Is<IReadOnlyList<IncidentNews>>(news => news.Single() == IncidentNews.Acknowledged), _case.Acknowledgement, Arg.Any<CancellationToken>());
        _herald.Received(1).Begin();

        page.Find("form").Submit();
        Assert.NotEmpty(page.Find("[data-problem]").TextContent);
        page.Find("textarea[name=note]").Change("restarted it");
        page.Find("form").Submit();

        Assert.Contains("restarted it", page.Find("[data-notes]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Acknowledge_BySomebodyWhoMayNot_ChangesNothing()
    {
        _gate.FindActorAsync(Policies.Operator, Arg.Any<CancellationToken>()).Returns((string?)null);
        var page = Render();
        page.Find("[data-acknowledged] button").Click();

        Assert.NotEmpty(page.Find("[data-problem]").TextContent);
        _archive.DidNotReceiveWithAnyArgs().AcknowledgeAsync(default, null!, default);
    }

    private IRenderedComponent<IncidentPage> Render() => Context.Render<IncidentPage>(parameters => parameters.Add(page => page.Id, _case.Incident.Id));
}
