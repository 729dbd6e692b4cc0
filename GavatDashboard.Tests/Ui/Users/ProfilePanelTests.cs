using Bunit;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Features.Security;
using GavatDashboard.Features.Users;
using GavatDashboard.Tests.Analysis;
using GavatDashboard.Tests.Ui.Segments;
using NSubstitute;

namespace GavatDashboard.Tests.Ui.Users;

public sealed class ProfilePanelTests : ComponentTest
{
    private readonly AnalysisParts _parts;

    public ProfilePanelTests()
    {
        _parts = new AnalysisParts(Context.Services);
        Time.Advance(HistoryBuilder.Now - Now);
        Answer(new HistoryBuilder().Spend(1, 2_000).InCycle("u2", "u3"));
    }

    [Fact]
    public void Profile_OfAUser_TellsRuleEvidenceAndFlagsInWords()
    {
        var panel = Render();

        Assert.Equal("Whale", panel.Find("[data-figure=segment]").TextContent);
        Assert.Contains("Spends very much these days.", panel.Markup, StringComparison.Ordinal);
        Assert.Contains("2,000 coins", panel.Find(".evidence").TextContent, StringComparison.Ordinal);
        Assert.Contains("the rule asks for at least 2,000 coins", panel.Find(".evidence").TextContent, StringComparison.Ordinal);
        var flag = panel.Find("[data-flag=referral-cycle]");
        Assert.Contains("Referrals go round in a circle", flag.TextContent, StringComparison.Ordinal);
        Assert.Contains(flag.QuerySelectorAll("a.user-link"), link => link.GetAttribute("href") == "/users/u2");
    }

    [Fact]
    public void Profile_OfAUser_TellsWhatWouldMoveIt()
    {
        var misses = Render().Find("[data-near-misses]").TextContent;

        Assert.Contains("days with any activity in the last 14 days", misses, StringComparison.Ordinal);
        Assert.Contains("at least 7 days needed", misses, StringComparison.Ordinal);
    }

    [Fact]
    public void Flag_DismissedWithAReason_IsKeptInTheNameOfWhoeverDidIt()
    {
        var panel = Render();
        panel.Find("[data-flag=referral-cycle] > button").Click();
        panel.Find("input[name=dismissReason]").Change(" three sisters ");

        panel.Find("form.dismiss").Submit();

        _parts.Records.Received(1).PutDismissalAsync(
            Arg.Is<FlagDismissal>(made => made.Rule == "referral-cycle" && made.Reason == "three sisters" && made.Actor == "user:ada"), Arg.Any<CancellationToken>());
        _parts.Audit.Received(1).AppendAsync("user:ada", "flag.dismissed", "user:u1", "three sisters", Arg.Any<string?>(), Arg.Any<CancellationToken>());
    }

    [Fact]
    public void Flag_DismissedByWhoeverMayNot_Stays()
    {
        _parts.Gate.FindActorAsync(Policies.Support, Arg.Any<CancellationToken>()).Returns((string?)null);
        var panel = Render();
        panel.Find("[data-flag=referral-cycle] > button").Click();
        panel.Find("input[name=dismissReason]").Change("fine");

        panel.Find("form.dismiss").Submit();

        Assert.NotEmpty(panel.Find("[data-problem]").TextContent);
        _parts.Records.DidNotReceiveWithAnyArgs().PutDismissalAsync(null!, default);
    }

    [Fact]
    public void History_OfAUser_TellsFromWhatToWhatByWhichRule()
    {
        _parts.Profiles.ListChangesAsync("u1", Arg.Any<int>(), Arg.Any<CancellationToken>())
            .Returns([new ProfileChange(Guid.NewGuid(), "u1", Now, ChangeKind.Segment, "newbie", "whale", "whale-month", [], "1-abc")]);

        var change = Render().Find("[data-changes] li").TextContent;

        Assert.Contains("Newbie → Whale", change, StringComparison.Ordinal);
        Assert.Contains("Spends very much these days.", change, StringComparison.Ordinal);
    }

    private void Answer(HistoryBuilder history) =>
        _parts.Histories.LoadAsync(Arg.Any<IReadOnlyCollection<string>>(), Arg.Any<DateTimeOffset>(), Arg.Any<CancellationToken>()).Returns(new HistoryBatch([history.Build()], []));

    private IRenderedComponent<ProfilePanel> Render() => Context.Render<ProfilePanel>(parameters => parameters.Add(panel => panel.UserId, "u1"));
}
