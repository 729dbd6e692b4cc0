using Bunit;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Security;
using GavatDashboard.Features.Segments;
using GavatDashboard.Tests.Analysis;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using NSubstitute.ExceptionExtensions;

namespace GavatDashboard.Tests.Ui.Segments;

public sealed class SegmentsPageTests : ComponentTest
{
    private readonly AnalysisParts _parts;

    public SegmentsPageTests()
    {
        _parts = new AnalysisParts(Context.Services);
        var charts = Context.JSInterop.SetupModule("./js/charts.js");
        charts.Setup<int>("create", _ => true).SetResult(1);
        charts.Setup<object?>("update", _ => true).SetResult(null);
        charts.Setup<object?>("destroy", _ => true).SetResult(null);
    }

    [Fact]
    public void Distribution_OfACommunity_ShowsCountsAndSharesOfAllEight()
    {
        _parts.CountThree();

        var page = Context.Render<SegmentsPage>();

        Assert.Equal(AnalysisCodes.Segments.Count, page.FindAll("[data-distribution] li").Count);
        var regular = page.Find("[data-segment=regular]");
        Assert.Equal(("2", "66.6 %"), (regular.QuerySelector(".count")!.TextContent, regular.QuerySelector(".share")!.TextContent));
        Assert.Equal("1", page.Find("[data-risk=critical] .count").TextContent);
    }

    [Fact]
    public void Segments_OfANewLedger_SayThatNobodyWasAnalysed()
    {
        var page = Context.Render<SegmentsPage>();

        Assert.Contains("Nobody has been analysed yet", page.Markup, StringComparison.Ordinal);
        Assert.Contains("never analysed", page.Find("[data-age]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Segments_WhenNoStoreAnswers_SayWhichAndOfferAnotherTry()
    {
        _parts.Profiles.CountAsync(Arg.Any<CancellationToken>()).ThrowsAsync(new StoreUnavailableException(StoreKind.PostgreSql, "it is down"));

        var page = Context.Render<SegmentsPage>();

        Assert.Contains("PostgreSQL", page.Find(".empty[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Contains("Try again", page.Find(".empty[role=alert] button").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_OfTheSegmentInTheAddress_ComeInPagesAndAsAFile()
    {
        _parts.CountThree();
        var profile = new HistoryBuilder().Spend(1, 2_000).Analyze();
        _parts.Profiles.ListSegmentAsync(Segment.Whale, "", 26, Arg.Any<CancellationToken>()).Returns([.. Enumerable.Range(10, 26).Select(i => profile with { UserId = $"u{i}" })]);
        Context.Services.GetRequiredService<NavigationManager>().NavigateTo("/segments?segment=whale");

        var page = Context.Render<SegmentsPage>();

        Assert.Equal(25, page.FindAll("[data-members] tbody tr").Count);
        Assert.Contains("Spends very much these days.", page.Find("[data-members] tbody tr").TextContent, StringComparison.Ordinal);
        Assert.Contains(page.FindAll("#members a"), link => link.GetAttribute("href") == "/segments?segment=whale&after=u34#members");
        Assert.Contains(page.FindAll("#members a"), link => link.GetAttribute("href") == "/api/v1/segments/whale/members?format=csv");
    }

    [Fact]
    public void HighRisk_OfAUser_SaysInWordsWhatStandsOut()
    {
        _parts.CountThree();
        _parts.Profiles.ListRiskAsync(RiskLevel.High, Arg.Any<int>(), Arg.Any<CancellationToken>()).Returns([new HistoryBuilder().Earn(1).InCycle("u2", "u3").Analyze()]);

        var row = Context.Render<SegmentsPage>().Find("[data-high-risk] tbody tr");

        Assert.Contains("Referrals go round in a circle", row.TextContent, StringComparison.Ordinal);
        Assert.Equal("/users/u1", row.QuerySelector("a.user-link")!.GetAttribute("href"));
    }

    [Fact]
    public void Alert_Acknowledged_MovesOnInTheNameOfWhoeverDidIt()
    {
        _parts.CountThree();
        var alert = Waiting();

        Context.Render<SegmentsPage>().FindAll("[data-alert] button").Single(button => button.TextContent.Trim() == "Acknowledge").Click();

        _parts.Records.Received(1).PutAlertAsync(Arg.Is<Alert>(moved => moved.Id == alert.Id && moved.State == AlertState.Acknowledged && moved.Actor == "user:ada"), Arg.Any<CancellationToken>());
    }

    [Fact]
    public void Alert_ResolvedWithANote_KeepsIt()
    {
        _parts.CountThree();
        Waiting();
        var page = Context.Render<SegmentsPage>();
        page.FindAll("[data-alert] button").Single(button => button.TextContent.Trim() == "Resolve").Click();
        page.Find("input[name=note]").Change(" a family ");

        page.Find("form.alert-form").Submit();

        _parts.Records.Received(1).PutAlertAsync(Arg.Is<Alert>(moved => moved.State == AlertState.Resolved && moved.Note == "a family"), Arg.Any<CancellationToken>());
    }

    [Fact]
    public void Alert_MovedByWhoeverMayNot_StaysAsItIs()
    {
        _parts.CountThree();
        Waiting();
        _parts.Gate.FindActorAsync(Policies.Viewer, Arg.Any<CancellationToken>()).Returns((string?)null);
        var page = Context.Render<SegmentsPage>();

        page.FindAll("[data-alert] button").Single(button => button.TextContent.Trim() == "Acknowledge").Click();

        Assert.NotEmpty(page.Find("[data-problem]").TextContent);
        _parts.Records.DidNotReceiveWithAnyArgs().PutAlertAsync(null!, default);
    }

    [Theory]
    [InlineData(ConsoleRoles.Admin, 1)]
    [InlineData(ConsoleRoles.Support, 0)]
    [InlineData(ConsoleRoles.Operator, 0)]
    public void Batch_ByRole_IsStartedByAdminsAlone(string role, int buttons)
    {
        SignInAs(role);

        Assert.Equal(buttons, Context.Render<BatchPanel>().FindAll("button").Count);
    }

    [Fact]
    public async Task Batch_Started_RunsOverEverybodyAndIsAudited()
    {
        var done = new TaskCompletionSource<AnalysisBatch>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _parts.Records.PutBatchAsync(
            Arg.Do<AnalysisBatch>(batch =>
            {
                if (batch.State == BatchState.Done)
                {
                    done.TrySetResult(batch);
                }
            }),
            Arg.Any<CancellationToken>());
        var panel = Context.Render<BatchPanel>();

        await panel.Find("button").ClickAsync(new());

        var batch = await done.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((BatchKind.Full, "user:ada"), (batch.Kind, batch.Actor));
        await _parts.Audit.Received(1).AppendAsync("user:ada", "analysis.started", "analysis", null, null, Arg.Any<CancellationToken>());
    }

    private Alert Waiting()
    {
        var alert = new Alert(Guid.NewGuid(), "u1", RiskLevel.High, "referral-cycle", Now.AddHours(-1), AlertState.Open, null, null, Now.AddHours(-1));
        _parts.Records.ListAlertsAsync(null, Arg.Any<int>(), Arg.Any<CancellationToken>()).Returns([alert]);
        _parts.Records.FindAlertAsync(alert.Id, Arg.Any<CancellationToken>()).Returns(alert);
        return alert;
    }
}
