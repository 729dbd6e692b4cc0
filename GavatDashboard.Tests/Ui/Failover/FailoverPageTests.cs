using Bunit;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Accounts;
using GavatDashboard.Features.Failover;
using GavatDashboard.Features.Security;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;

namespace GavatDashboard.Tests.Ui.Failover;

public sealed class FailoverPageTests : ComponentTest
{
    private readonly IFailoverControl _control = Substitute.For<IFailoverControl>();
    private readonly IAdminGate _gate = Substitute.For<IAdminGate>();
    private readonly IFreshSignIn _signIn = Substitute.For<IFreshSignIn>();
    private readonly List<FailoverRequest> _requests = [];
    private Action<FailoverSnapshot> _publish = _ => { };

    public FailoverPageTests()
    {
        Show(FailoverSamples.Primary);
        _control.Subscribe(Arg.Do<Action<FailoverSnapshot>>(subscriber => _publish = subscriber)).Returns(Substitute.For<IDisposable>());
        _control.ListProofsAsync(Arg.Any<int>(), Arg.Any<CancellationToken>()).Returns([]);
        _control.RequestAsync(Arg.Do<FailoverRequest>(_requests.Add), Arg.Any<CancellationToken>()).Returns(new FailoverReply.Accepted(Guid.NewGuid(), Replayed: false));
        _gate.FindActorAsync(Arg.Any<CancellationToken>()).Returns("user:ada");
        _signIn.IsFreshAsync().Returns(true);
        Context.Services.AddSingleton(_control);
        Context.Services.AddSingleton(new FailoverDesk(_control, _gate, _signIn));
    }

    [Fact]
    public void Page_OnTheFallback_LightsThePathAndCountsDown()
    {
        Show(FailoverSamples.Fallback);

        var page = Context.Render<FailoverPage>();

        Assert.Equal("FALLBACK", page.Find("[data-state=Fallback]").TextContent);
        Assert.Contains("FALLBACK", page.Find(".map-wide .node-now").TextContent, StringComparison.Ordinal);
        Assert.Equal(["PRIMARY", "PROMOTING", "SUSPECT"], page.FindAll(".map-wide .node-passed").Select(node => node.TextContent.Trim()).Order(StringComparer.Ordinal));
        Assert.Equal(3, page.FindAll(".map-wide .way-taken").Count);
        Assert.Contains("SUSPECT, PROMOTING, FALLBACK", page.Find("figcaption").TextContent, StringComparison.Ordinal);
        Assert.Contains("in 10 s at the earliest", page.Find("[data-figure=next]").TextContent, StringComparison.Ordinal);
        Assert.Contains("17", page.Find("[data-figure=backlog]").TextContent, StringComparison.Ordinal);
        Assert.True(page.Find("[data-action=FailOver] button").HasAttribute("disabled"));
        Assert.Contains("takes the writes already", page.Find("[data-action=FailOver]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_WhenTheCoordinatorMoves_FollowsWithoutAReload()
    {
        var page = Context.Render<FailoverPage>();
        Assert.Single(page.FindAll("[data-state=Primary]"));

        Show(FailoverSamples.Fallback);
        _publish(FailoverSamples.Fallback);
        Time.Advance(TimeSpan.FromSeconds(1));

        page.WaitForAssertion(() => Assert.Single(page.FindAll("[data-state=Fallback]")));
    }

    [Fact]
    public void Order_WithReasonAndWord_IsRequestedOnceWithItsKey()
    {
        var page = Context.Render<FailoverPage>();
        page.Find("[data-action=FailOver] button").Click();
        Assert.Contains("The epoch goes from 4 to 5", page.Find("[data-preview]").TextContent, StringComparison.Ordinal);
        page.Find("input[name=reason]").Change("  maintenance ");
        page.Find("input[name=typed]").Change("fail over");

        page.Find("form.order").Submit();

        var request = Assert.Single(_requests);
        Assert.Equal((FailoverRequestKind.FailOver, "user:ada", "maintenance"), (request.Kind, request.Actor, request.Reason));
        Assert.Single(page.FindAll("[data-done]"));
        Assert.Empty(page.FindAll("form.order"));
    }

    [Fact]
    public void Order_SentAgainAfterNoAnswer_KeepsItsKey()
    {
        _control.RequestAsync(null!, CancellationToken.None)
            .ReturnsForAnyArgs(_ => throw new OperationCanceledException(), _ => new FailoverReply.Accepted(Guid.NewGuid(), Replayed: true));

        // Setting it up anew was a call too.
        _requests.Clear();
        var page = Context.Render<FailoverPage>();
        Fill(page, FailoverRequestKind.Pause, "noise", "PAUSE");

        page.Find("form.order").Submit();
        Assert.Contains("never begun twice", page.Find("[data-problem]").TextContent, StringComparison.Ordinal);
        page.Find("form.order").Submit();

        Assert.Equal(2, _requests.Count);
        Assert.Single(_requests.Select(request => request.IdempotencyKey).Distinct());
    }

    [Theory]
    [InlineData("", "PAUSE", "reason")]
    [InlineData("why not", "PAUS", "Type PAUSE")]
    public void Order_WithoutReasonOrWord_IsNotRequested(string reason, string typed, string problem)
    {
        var page = Context.Render<FailoverPage>();
        Fill(page, FailoverRequestKind.Pause, reason, typed);

        page.Find("form.order").Submit();

        Assert.Contains(problem, page.Find("[data-problem]").TextContent, StringComparison.Ordinal);
        Assert.Empty(_requests);
    }

    [Fact]
    public void Order_WhenTheSignInIsOld_NeedsTheRightPassword()
    {
        _signIn.IsFreshAsync().Returns(false);
        _signIn.RenewAsync("right", Arg.Any<CancellationToken>()).Returns(true);
        var page = Context.Render<FailoverPage>();
        Fill(page, FailoverRequestKind.Pause, "quiet night", "PAUSE");

        page.Find("input[name=password]").Change("wrong");
        page.Find("form.order").Submit();
        Assert.Empty(_requests);
        Assert.Contains("password", page.Find("[data-problem]").TextContent, StringComparison.Ordinal);

        page.Find("input[name=password]").Change("right");
        page.Find("form.order").Submit();
        Assert.Single(_requests);
    }

    [Fact]
    public void Order_ByWhoIsNoAdminAnyMore_IsNotRequested()
    {
        var page = Context.Render<FailoverPage>();
        Fill(page, FailoverRequestKind.Pause, "quiet night", "PAUSE");
        _gate.FindActorAsync(Arg.Any<CancellationToken>()).Returns((string?)null);

        page.Find("form.order").Submit();

        Assert.Contains("You may not do this", page.Find("[data-problem]").TextContent, StringComparison.Ordinal);
        Assert.Empty(_requests);
    }

    [Fact]
    public void Order_Refused_SaysWhyAndTheNextOneHasANewKey()
    {
        _control.RequestAsync(Arg.Do<FailoverRequest>(_requests.Add), Arg.Any<CancellationToken>()).Returns(new FailoverReply.Refused("A drill is being held already."));
        var page = Context.Render<FailoverPage>();
        Fill(page, FailoverRequestKind.Drill, "monthly", "DRILL");

        page.Find("form.order").Submit();
        Assert.Contains("A drill is being held already.", page.Find("[data-problem]").TextContent, StringComparison.Ordinal);
        page.Find("form.order").Submit();

        Assert.Equal(2, _requests.Select(request => request.IdempotencyKey).Distinct().Count());
    }

    [Fact]
    public void Progress_ThatCanBeStopped_OffersIt()
    {
        Show(FailoverSamples.Fallback with
        {
            State = FailoverState.Recovering,
            Progress = new FailoverProgress(Guid.NewGuid(), FailoverAction.Recover, "replaying", Now, 40, 160, CanAbort: true),
        });

        var page = Context.Render<FailoverPage>();

        Assert.Contains("40 / 160", page.Find("[data-progress=replaying]").TextContent, StringComparison.Ordinal);
        Assert.Contains("width: 25%", page.Find(".meter-fill").GetAttribute("style"), StringComparison.Ordinal);
        page.Find("[data-action=Abort] button").Click();
        Assert.Empty(page.FindAll("input[name=typed]"));
        page.Find("input[name=reason]").Change("enough");
        page.Find("form.order").Submit();
        Assert.Equal(FailoverRequestKind.Abort, Assert.Single(_requests).Kind);
    }

    [Fact]
    public void Proof_Opened_ShowsItsTotalsAndCanBeExported()
    {
        _control.ListProofsAsync(Arg.Any<int>(), Arg.Any<CancellationToken>()).Returns([FailoverSamples.Proof]);
        var page = Context.Render<FailoverPage>();

        page.Find("[data-proof=Recover] button").Click();

        var detail = page.Find(".proof").TextContent;
        Assert.All((string[])["1,000", "34", "1,034", "5 → 6", "aa11"], figure => Assert.Contains(figure, detail, StringComparison.Ordinal));
        Assert.Equal($"/admin/failover/proofs/{FailoverSamples.Proof.Id}.json", page.Find(".proof a").GetAttribute("href"));
    }

    private static void Fill(IRenderedComponent<FailoverPage> page, FailoverRequestKind kind, string reason, string typed)
    {
        page.Find($"[data-action={kind}] button").Click();
        page.Find("input[name=reason]").Change(reason);
        page.Find("input[name=typed]").Change(typed);
    }

    private void Show(FailoverSnapshot snapshot) => _control.Current.Returns(snapshot);
}
