using Bunit;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Economy;
using GavatDashboard.Features.Security;
using GavatDashboard.Domain.Analysis;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using NSubstitute.ExceptionExtensions;

namespace GavatDashboard.Tests.Ui.Economy;

public sealed class PolicyEditorTests : ComponentTest
{
    private readonly ILedgerWriter _writer = Substitute.For<ILedgerWriter>();
    private readonly ICoinLedger _ledger = Substitute.For<ICoinLedger>();
    private readonly IAdminGate _gate = Substitute.For<IAdminGate>();
    private readonly IAuditLog _audit = Substitute.For<IAuditLog>();
    private readonly PolicyWorkspace _workspace = new(LedgerPolicy.Default, RuleSet.Default);
    private readonly List<LedgerOperation> _written = [];
    private LedgerPolicy _published = LedgerPolicy.Default;

    public PolicyEditorTests()
    {
        var stores = Substitute.For<ILedgerStores>();
        stores.Current.Returns(_ledger);
        Admit("user:ada");
        _ledger.ReadPolicyAsync(Arg.Any<CancellationToken>()).Returns(_ => _published);
        _ledger.ListUsersAsync("", Arg.Any<int>(), Arg.Any<CancellationToken>()).Returns([new User { Id = "u1", Username = "lara", RegisteredAt = Now }, new User { Id = "u2", Username = "mert", RegisteredAt = Now }]);
        _ledger.ListUsersAsync("u2", Arg.Any<int>(), Arg.Any<CancellationToken>()).Returns([]);
        _ledger.FindAccountsAsync(Arg.Any<IReadOnlyCollection<string>>(), Arg.Any<CancellationToken>()).Returns([new Account { UserId = "u1", Earned = new(450) }, new Account { UserId = "u2", Earned = new(10) }]);
        _writer.WriteAsync(Arg.Do<LedgerOperation>(_written.Add), Arg.Any<CancellationToken>()).Returns(call => Decide(call.Arg<LedgerOperation>()));
        Context.Services.AddSingleton(new PolicyService(new CoinService(_writer, stores), stores, _gate, _audit));
        Context.Services.AddSingleton(stores).AddSingleton(_gate).AddSingleton(_writer).AddSingleton<PolicyWatch>().AddSingleton<TierRefresh>();
    }

    [Fact]
    public void Publish_AfterPreviewWithAReason_WritesThePolicyOnce()
    {
        var editor = Render();
        Assert.True(Button(editor, "Preview").HasAttribute("disabled"));
        Type(editor, "SilverFrom", "400");
        Type(editor, "SpendPerDay", "200");
        editor.Find("form").Submit();

        var preview = editor.WaitForElement("[data-preview]");
        Assert.Contains("200", editor.Find("[data-change=SpendPerDay]").TextContent, StringComparison.Ordinal);
        Assert.Equal(2, preview.QuerySelectorAll("tbody tr").Length);
        Assert.Equal("/users/u1", editor.Find("[data-named] a").GetAttribute("href"));
        Assert.DoesNotContain("mert", editor.Find("[data-tier-preview]").TextContent, StringComparison.Ordinal);

        editor.Find("form").Submit();
        Assert.NotEmpty(editor.Find("[data-problem]").TextContent);
        Assert.Empty(_written);
        editor.Find("input[name=reason]").Change("too much is spent");
        editor.Find("form").Submit();

        editor.WaitForElement("[data-done]");
        var policy = Assert.IsType<ChangePolicy>(Assert.Single(_written)).Policy;
        Assert.Equal((2, 200, 400), (policy.Version, policy.SpendPerDay.Value, policy.SilverFrom.Value));
    }

    [Theory]
    [InlineData("spend_content", "ten")]
    [InlineData("EarnPerDay", "-1")]
    [InlineData("GoldFrom", "500")]
    public void Field_ThatMakesNoSense_SaysSoAtItsPlaceAndIsNotPreviewed(string field, string text)
    {
        var editor = Render();
        Type(editor, field, text);

        Assert.Equal("true", editor.Find($"input[name={field}]").GetAttribute("aria-invalid"));
        Assert.NotEmpty(editor.Find($"[data-field={field}] [role=alert]").TextContent);
        editor.Find("form").Submit();
        Assert.Empty(editor.FindAll("[data-preview]"));
        Assert.NotEmpty(editor.Find("[data-problem]").TextContent);
    }

    [Fact]
    public void Publish_AfterSomebodyElseDid_SaysSoAndKeepsWhatWasTypedOnTopOfIt()
    {
        LedgerPolicy? latest = null;
        var editor = Context.Render<PolicyEditor>(parameters => parameters.Add(page => page.Workspace, _workspace).Add(page => page.Latest, LedgerPolicy.Default).Add(page => page.OnOutdated, () => { latest = _published; }));
        Type(editor, "SpendPerDay", "200");
        editor.Find("form").Submit();
        editor.WaitForElement("[data-preview]");
        editor.Find("input[name=reason]").Change("too much is spent");
        _published = LedgerPolicy.Default with { Version = 2, EarnPerDay = new(50) };
        editor.Find("form").Submit();
        editor.WaitForAssertion(() => Assert.NotNull(latest));

        editor.Render(parameters => parameters.Add(page => page.Latest, latest!));
        Assert.Contains("version 2", editor.Find("[data-outdated]").TextContent, StringComparison.Ordinal);
        editor.Find("[data-rebase]").Click();

        Assert.Empty(editor.FindAll("[data-outdated]"));
        Assert.Equal(("200", "50"), (editor.Find("input[name=SpendPerDay]").GetAttribute("value"), editor.Find("input[name=EarnPerDay]").GetAttribute("value")));
        Assert.Equal("2", editor.Find("[data-version]").GetAttribute("data-version"));
    }

    [Fact]
    public void Publish_ByAnAdminWhoIsOneNoMore_ChangesNothing()
    {
        var editor = Render();
        Type(editor, "SpendPerDay", "200");
        editor.Find("form").Submit();
        editor.WaitForElement("[data-preview]");
        editor.Find("input[name=reason]").Change("mine");
        Admit(null);
        editor.Find("form").Submit();

        Assert.NotEmpty(editor.Find("[data-problem]").TextContent);
        Assert.Empty(_written);
    }

    [Fact]
    public void Preview_WithTheLedgerGone_SaysSoAndKeepsWhatWasTyped()
    {
        var editor = Render();
        Type(editor, "SpendPerDay", "200");
        _ledger.ListUsersAsync("", Arg.Any<int>(), Arg.Any<CancellationToken>()).ThrowsAsync(new StoreUnavailableException(StoreKind.PostgreSql, "gone"));
        editor.Find("form").Submit();

        Assert.Contains("gone", editor.Find("[data-problem]").TextContent, StringComparison.Ordinal);
        Assert.Equal("200", editor.Find("input[name=SpendPerDay]").GetAttribute("value"));
    }

    private void Admit(string? actor)
    {
        _gate.FindActorAsync(Arg.Any<CancellationToken>()).Returns(actor);
        _gate.FindActorAsync(Arg.Any<string>(), Arg.Any<CancellationToken>()).Returns(actor);
    }

    private static void Type(IRenderedComponent<PolicyEditor> editor, string field, string text) => editor.Find($"input[name={field}]").Change(text);

    private static AngleSharp.Dom.IElement Button(IRenderedComponent<PolicyEditor> editor, string text) =>
        editor.FindAll("button").Single(button => button.TextContent.Trim() == text);

    private IRenderedComponent<PolicyEditor> Render() =>
        Context.Render<PolicyEditor>(parameters => parameters.Add(editor => editor.Workspace, _workspace).Add(editor => editor.Latest, LedgerPolicy.Default));

    /// <summary>The ledger's own decision upon what was published last.</summary>
    private OperationResult Decide(LedgerOperation operation) =>
        LedgerBatch.Decide(new LedgerState { Head = LedgerHead.Empty, Policy = _published }, [operation], Now).Results[0];
}
