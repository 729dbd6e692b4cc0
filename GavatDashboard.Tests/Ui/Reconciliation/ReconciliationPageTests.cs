using System.Globalization;
using Bunit;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Failover;
using GavatDashboard.Features.Reconciliation;
using GavatDashboard.Tests.Ui.Failover;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;

namespace GavatDashboard.Tests.Ui.Reconciliation;

public sealed class ReconciliationPageTests : ComponentTest
{
    private static readonly CheckState Fits = new()
    {
        Name = "ledger-chain", LastPassAt = Now.AddMinutes(-4), LastPassChecked = 12_345, Checked = 12_345, LastPassTook = TimeSpan.FromSeconds(8), NextAt = Now.AddMinutes(1),
    };

    private readonly IReconciliationFeed _feed = Substitute.For<IReconciliationFeed>();
    private readonly IFailoverControl _failover = Substitute.For<IFailoverControl>();

    public ReconciliationPageTests()
    {
        _failover.Current.Returns(FailoverSamples.Primary);
        Context.Services.AddSingleton(_failover);
        Context.Services.AddSingleton(_feed);
        Context.JSInterop.Mode = JSRuntimeMode.Loose;
    }

    [Fact]
    public void Page_WhereAllAgrees_SaysHowOldThatIs()
    {
        var page = Render(Fits, Fits with { Name = "mirror", LastPassAt = Now.AddMinutes(-9) });

        Assert.Contains("9 min", page.Find("[data-reconciliation=whole]").TextContent, StringComparison.Ordinal);
        Assert.Contains("12,345", page.Find("[data-check=ledger-chain]").TextContent, StringComparison.Ordinal);
        Assert.Equal(2, page.FindAll("[data-state=fits]").Count);
    }

    [Fact]
    public void Page_WithAMismatch_NamesItFirstAndNeverSaysThatAllAgrees()
    {
        var page = Render(Fits, Fits with { Name = "mongodb-entries", Mismatch = Finding.Of("copy-lacks-entry", 7, 12, "ada") with { Place = Places.Documents, Repair = "copied-again" }, FoundAt = Now.AddMinutes(-2) });

        Assert.Single(page.FindAll("[data-reconciliation=broken]"));
        Assert.Empty(page.FindAll("[data-reconciliation=whole]"));
        Assert.Contains("the document store lacks the entry 7 at place 12 of user 'ada'. The entries around it were copied again", page.Find("[data-mismatch=mongodb-entries]").TextContent, StringComparison.Ordinal);
        Assert.Contains("Mismatch", page.Find("[data-check=mongodb-entries] [data-state=mismatch]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_OfAnInstanceThatFollows_SaysWhoComparesAndLeadsThere()
    {
        _failover.Current.Returns(FailoverSamples.Primary with
        {
            State = FailoverState.Following, Owner = "gavat-1", Instances = [new("gavat-1", "http://gavat-1:5080", "owner", Now, Now)],
        });
        Context.Services.GetRequiredService<NavigationManager>().NavigateTo("/ledger/reconciliation");

        var page = Render(Fits);

        Assert.Contains("gavat-1", page.Find("[data-elsewhere]").TextContent, StringComparison.Ordinal);
        Assert.Equal("http://gavat-1:5080/ledger/reconciliation", page.Find("[data-elsewhere] a").GetAttribute("href"));
        Assert.Empty(page.FindAll("[data-check]"));
    }

    [Fact]
    public void Page_InTurkish_NamesAMismatchInTurkish()
    {
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("tr");

        var page = Render(Fits with { Mismatch = Finding.Of("copy-lacks-entry", 7, 12, "ada") with { Place = Places.Documents, Repair = "copied-again" }, FoundAt = Now });

        Assert.Contains("belge deposu: 12. sıradaki 7 kaydı ('ada' kullanıcısı) eksik. Çevresindeki kayıtlar yeniden kopyalandı", page.Find("[data-mismatch]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_BeforeTheFirstPasses_ClaimsNothing()
    {
        var page = Render(Fits, new CheckState { Name = "mirror", PassStartedAt = Now, Checked = 400 });

        Assert.Contains("1 of 2", page.Find("[data-reconciliation=first]").TextContent, StringComparison.Ordinal);
        Assert.Contains("not yet", page.Find("[data-check=mirror]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_WithACheckThatWaits_SaysWhy()
    {
        var page = Render(Fits with { Waiting = Finding.Said("PostgreSQL cannot be used") });

        Assert.Contains("PostgreSQL cannot be used", page.Find("[data-check=ledger-chain]").TextContent, StringComparison.Ordinal);
        Assert.Single(page.FindAll("[data-state=waiting]"));
        Assert.Empty(page.FindAll("[data-reconciliation=whole]"));
        Assert.Contains("1 of 1 checks cannot compare now", page.Find("[data-reconciliation=waiting]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_InAPass_ShowsHowFarItIs()
    {
        var page = Render(Fits with { PassStartedAt = Now, Checked = 6_172, Position = "6172" });

        Assert.Contains("49.9", page.Find("[data-check=ledger-chain] .num").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckNow_AsksForIt()
    {
        Render(Fits).Find("header button").Click();

        _feed.Received(1).RunNow();
    }

    private IRenderedComponent<ReconciliationPage> Render(params CheckState[] checks)
    {
        _feed.Current.Returns(checks);
        _feed.Subscribe(Arg.Any<Action>()).Returns(Substitute.For<IDisposable>());
        return Context.Render<ReconciliationPage>();
    }
}
