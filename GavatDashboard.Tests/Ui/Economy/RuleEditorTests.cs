using Bunit;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Features.Economy;
using GavatDashboard.Tests.Analysis;
using GavatDashboard.Tests.Ui.Segments;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;

namespace GavatDashboard.Tests.Ui.Economy;

public sealed class RuleEditorTests : ComponentTest
{
    private readonly AnalysisParts _parts;
    private readonly PolicyWorkspace _workspace = new(LedgerPolicy.Default, RuleSet.Default);
    private readonly List<PublishedRuleSet> _published = [];

    public RuleEditorTests()
    {
        _parts = new AnalysisParts(Context.Services);
        Context.Services.AddSingleton<RuleSets>();
        var history = new HistoryBuilder().Spend(1, 900).Build();
        _parts.Histories.CountDueAsync(Arg.Any<DueQuery>(), Arg.Any<CancellationToken>()).Returns(1);
        _parts.Histories.ListDueAsync(Arg.Any<DueQuery>(), "", Arg.Any<int>(), Arg.Any<CancellationToken>()).Returns([history.User.Id]);
        _parts.Histories.ListDueAsync(Arg.Any<DueQuery>(), history.User.Id, Arg.Any<int>(), Arg.Any<CancellationToken>()).Returns([]);
        _parts.Histories.LoadAsync(Arg.Any<IReadOnlyCollection<string>>(), Arg.Any<DateTimeOffset>(), Arg.Any<CancellationToken>()).Returns(new HistoryBatch([history], []));
        _parts.Records.ListRuleSetsAsync(Arg.Any<int>(), Arg.Any<CancellationToken>()).Returns(_ => _published.AsEnumerable().Reverse().ToList());
        _parts.Records.PutRuleSetAsync(Arg.Do<PublishedRuleSet>(_published.Add), Arg.Any<CancellationToken>()).Returns(Task.CompletedTask);
    }

    [Fact]
    public void Threshold_Changed_IsPreviewedAndPublishedWithAReason()
    {
        var editor = Render();
        Assert.True(Button(editor, "Preview who would change").HasAttribute("disabled"));
        Set(editor, "whale-month", "800");
        Button(editor, "Preview who would change").Click();

        ShowWhatChanged();
        editor.WaitForElement("[data-examples]");
        Assert.Contains("Whale", editor.Find("[data-examples]").TextContent, StringComparison.Ordinal);
        editor.Find("input[name=reason]").Change("whales are smaller");
        editor.Find("form").Submit();

        editor.WaitForElement("[data-done]");
        var made = Assert.Single(_published);
        Assert.Equal(("user:ada", "whales are smaller"), (made.Actor, made.Reason));
        Assert.Contains("spent_30d >= 800", made.Document.Segments.Single(rule => rule.Name == "whale-month").When);
        Assert.Equal(made.Version, editor.Find("[data-version]").GetAttribute("data-version"));
    }

    [Fact]
    public void Rule_ThatAnEarlierOneLeavesNothing_SaysSoAtItsPlaceAndCannotBePreviewed()
    {
        var editor = Render();
        Set(editor, "whale-month", "300");

        Assert.Contains("whale-month", editor.Find("[data-rule=vip-spender] [role=alert]").TextContent, StringComparison.Ordinal);
        Assert.True(Button(editor, "Preview who would change").HasAttribute("disabled"));
    }

    [Fact]
    public void Rules_AddedMovedAndRemoved_StayInTheirOrder()
    {
        var editor = Render();
        Button(editor, "Add a segment rule").Click();
        var added = editor.Find("[data-rule=segment-1]");
        Assert.Equal("16", added.QuerySelector(".place")!.TextContent);
        editor.Find("[data-rule=segment-1] select[name=fact]").Change("balance");
        editor.Find("[data-rule=segment-1] input[name=threshold]").Change("5000");
        editor.Find("[data-rule=segment-1] button[aria-label^='Move segment-1 up']").Click();

        Assert.Equal("segment-1", _workspace.Rules.Segments[14].Name);
        Assert.NotNull(_workspace.Rules.Read(out _));
        editor.FindAll("[data-rule=segment-1] button").Single(button => button.TextContent.Trim() == "Remove the rule").Click();
        Assert.False(_workspace.Rules.IsChanged);
    }

    [Fact]
    public void Publish_AfterSomebodyElseDid_ChangesNothingAndSaysSo()
    {
        var editor = Render();
        Set(editor, "whale-month", "800");
        Button(editor, "Preview who would change").Click();
        ShowWhatChanged();
        editor.WaitForElement("[data-examples]");
        var theirs = RuleSetDocument.Of(RuleSet.Default);
        theirs.Name = "theirs";
        _published.Add(new(theirs.Read("x", out _)!.Version, theirs, "first", "user:bob", Now));
        editor.Find("input[name=reason]").Change("whales are smaller");
        editor.Find("form").Submit();

        editor.WaitForAssertion(() => Assert.Contains("user:bob", editor.Find("[data-problem]").TextContent, StringComparison.Ordinal));
        Assert.Single(_published);
        ShowWhatChanged();
        editor.WaitForElement("[data-outdated]");
        editor.Find("[data-discard]").Click();
        Assert.Equal("theirs", editor.Find("input[name=ruleSetName]").GetAttribute("value"));
    }

    /// <summary>Waits for what runs beside the page, and lets it render: live components do so at most twice a second.</summary>
    private void ShowWhatChanged()
    {
        SpinWait.SpinUntil(() => Context.Services.GetRequiredService<RuleSets>().PreviewEnded.IsCompleted, TimeSpan.FromSeconds(20));
        Time.Advance(TimeSpan.FromSeconds(1));
    }

    private static void Set(IRenderedComponent<RuleEditor> editor, string rule, string threshold) => editor.Find($"[data-rule={rule}] input[name=threshold]").Change(threshold);

    private static AngleSharp.Dom.IElement Button(IRenderedComponent<RuleEditor> editor, string text) => editor.FindAll("button").Single(button => button.TextContent.Trim() == text);

    private IRenderedComponent<RuleEditor> Render() => Context.Render<RuleEditor>(parameters => parameters.Add(editor => editor.Workspace, _workspace));
}
