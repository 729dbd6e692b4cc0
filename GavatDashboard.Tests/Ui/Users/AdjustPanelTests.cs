using Bunit;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Security;
using GavatDashboard.Features.Users;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using NSubstitute.ExceptionExtensions;

namespace GavatDashboard.Tests.Ui.Users;

public sealed class AdjustPanelTests : ComponentTest
{
    private readonly ILedgerWriter _writer = Substitute.For<ILedgerWriter>();
    private readonly ICoinLedger _ledger = Substitute.For<ICoinLedger>();
    private readonly IAdminGate _gate = Substitute.For<IAdminGate>();
    private readonly IAuditLog _audit = Substitute.For<IAuditLog>();
    private readonly List<LedgerOperation> _written = [];

    public AdjustPanelTests()
    {
        var stores = Substitute.For<ILedgerStores>();
        stores.Current.Returns(_ledger);
        _gate.FindActorAsync(Arg.Any<CancellationToken>()).Returns("user:ada");
        _ledger.PreviewAsync(Arg.Any<LedgerOperation>(), Arg.Any<CancellationToken>()).Returns(call => Decide(call.Arg<LedgerOperation>()));
        _writer.WriteAsync(Arg.Do<LedgerOperation>(_written.Add), Arg.Any<CancellationToken>()).Returns(call => Decide(call.Arg<LedgerOperation>()));
        Context.Services.AddSingleton(new AdjustmentService(new CoinService(_writer, stores), stores, _gate, _audit));
    }

    [Fact]
    public void Add_PreviewedAndConfirmed_PostsOnceAndIsAuditedBeforeAndAfter()
    {
        var panel = Render();
        Fill(panel, "amount", "25");
        Fill(panel, "reason", "  goodwill ");
        panel.Find("form").Submit();

        Assert.Contains("100", panel.Find("[data-preview]").TextContent, StringComparison.Ordinal);
        Assert.Contains("125", panel.Find("[data-preview]").TextContent, StringComparison.Ordinal);
        Assert.Empty(_written);

        Button(panel, "Confirm").Click();

        var posted = Assert.IsType<PostCoins>(Assert.Single(_written));
        Assert.Equal(("u1", EntryType.EarnAdmin, 25, "goodwill", "user:ada"), (posted.UserId, posted.Type, posted.Amount!.Value.Value, posted.Description, posted.Actor));
        Assert.Contains("125", panel.Find("[data-done]").TextContent, StringComparison.Ordinal);
        Received.InOrder(() =>
        {
            _audit.AppendAsync("user:ada", "coins.adjust.requested", "user:u1", "goodwill", Arg.Any<string?>(), Arg.Any<CancellationToken>());
            _writer.WriteAsync(Arg.Any<LedgerOperation>(), Arg.Any<CancellationToken>());
            _audit.AppendAsync("user:ada", "coins.adjusted", "user:u1", "goodwill", Arg.Is<string?>(details => details!.Contains(posted.EntryId.ToString())), Arg.Any<CancellationToken>());
        });
    }

    [Theory]
    [InlineData("", "goodwill")]
    [InlineData("0", "goodwill")]
    [InlineData("-5", "goodwill")]
    [InlineData("1.5", "goodwill")]
    [InlineData("1000000000001", "goodwill")]
    [InlineData("5", "   ")]
    public void Form_ThatMakesNoSense_IsRefusedAndAsksNothing(string amount, string reason)
    {
        var panel = Render();
        Fill(panel, "amount", amount);
        Fill(panel, "reason", reason);
        panel.Find("form").Submit();

        Assert.NotEmpty(panel.Find("[data-problem]").TextContent);
        Assert.Empty(panel.FindAll("[data-preview]"));
        _ledger.DidNotReceiveWithAnyArgs().PreviewAsync(null!, default);
    }

    [Fact]
    public void Remove_OfMoreThanThereIs_SaysSoInThePreviewAndPostsNothing()
    {
        var panel = Render();
        Button(panel, "Remove coins").Click();
        Fill(panel, "amount", "101");
        Fill(panel, "reason", "charged twice");
        panel.Find("form").Submit();

        Assert.Contains("101", panel.Find("[data-problem]").TextContent, StringComparison.Ordinal);
        Assert.Empty(_written);
    }

    [Fact]
    public void Confirm_PressedTwiceWhileTheFirstRuns_WritesOnce()
    {
        var answer = new TaskCompletionSource<OperationResult>();
        _writer.WriteAsync(Arg.Any<LedgerOperation>(), Arg.Any<CancellationToken>()).Returns(answer.Task);
        _written.Clear();
        var panel = Preview();

        Button(panel, "Confirm").Click();
        Assert.True(Button(panel, "Confirm").HasAttribute("disabled"));
        panel.InvokeAsync(() => Button(panel, "Confirm").Click());

        Assert.Single(_written);
        panel.InvokeAsync(() => answer.SetResult(Decide(_written[0])));
        panel.WaitForAssertion(() => Assert.Single(panel.FindAll("[data-done]")));
    }

    [Fact]
    public void Confirm_AfterALostAnswer_UsesTheSameKeyAgain()
    {
        var panel = Preview();
        _writer.WriteAsync(Arg.Any<LedgerOperation>(), Arg.Any<CancellationToken>())
            .ThrowsAsync(new StoreUnavailableException(StoreKind.PostgreSql, "gone", mayHaveHappened: true));
        Button(panel, "Confirm").Click();
        Assert.Contains("Confirm again", panel.Find("[data-problem]").TextContent, StringComparison.Ordinal);

        _writer.WriteAsync(Arg.Any<LedgerOperation>(), Arg.Any<CancellationToken>()).Returns(call => Decide(call.Arg<LedgerOperation>()));
        Button(panel, "Confirm").Click();

        Assert.Single(panel.FindAll("[data-done]"));
        var keys = _writer.ReceivedCalls().Select(call => ((LedgerOperation)call.GetArguments()[0]!).IdempotencyKey).ToList();
        Assert.Equal(2, keys.Count);
        Assert.Single(keys.Distinct());
    }

    [Fact]
    public void Confirm_ByAnAdminWhoIsOneNoMore_ChangesNothing()
    {
        var panel = Preview();
        _gate.FindActorAsync(Arg.Any<CancellationToken>()).Returns((string?)null);

        Button(panel, "Confirm").Click();

        Assert.NotEmpty(panel.Find("[data-problem]").TextContent);
        Assert.Empty(_written);
        _audit.DidNotReceiveWithAnyArgs().AppendAsync(null!, null!, null, null, null, default);
    }

    [Fact]
    public void Tier_WithADayThatIsOver_IsRefused()
    {
        var panel = Render();
        Button(panel, "Pin a tier").Click();
        panel.Find("select[name=tier]").Change("Gold");
        panel.Find("input[name=until]").Change("2026-05-28");
        Fill(panel, "reason", "promised");
        panel.Find("form").Submit();

        Assert.NotEmpty(panel.Find("[data-problem]").TextContent);
    }

    [Fact]
    public void Tier_PinnedUntilADay_HoldsToItsEnd()
    {
        var panel = Render();
        Button(panel, "Pin a tier").Click();
        panel.Find("select[name=tier]").Change("Gold");
        panel.Find("input[name=until]").Change("2026-05-30");
        Fill(panel, "reason", "promised");
        panel.Find("form").Submit();
        Button(panel, "Confirm").Click();

        var pin = Assert.IsType<PinTier>(Assert.Single(_written));
        Assert.Equal((Tier.Gold, new DateTimeOffset(2026, 5, 31, 0, 0, 0, TimeSpan.Zero)), (pin.Tier!.Value, pin.ExpiresAt!.Value));
    }

    private static AngleSharp.Dom.IElement Button(IRenderedComponent<AdjustPanel> panel, string text) =>
        panel.FindAll("button").Single(button => button.TextContent.Trim() == text);

    private static void Fill(IRenderedComponent<AdjustPanel> panel, string name, string value) => panel.Find($"input[name={name}]").Change(value);

    private IRenderedComponent<AdjustPanel> Render() => Context.Render<AdjustPanel>(parameters => parameters.Add(panel => panel.Stats, Stats()));

    private IRenderedComponent<AdjustPanel> Preview()
    {
        var panel = Render();
        Fill(panel, "amount", "5");
        Fill(panel, "reason", "goodwill");
        panel.Find("form").Submit();
        return panel;
    }

    private static UserStats Stats() => new(
        new User { Id = "u1", Username = "lara", RegisteredAt = Now }, Holder(), AccountStatus.Normal, new DayUsage { UserId = "u1", Day = new DateOnly(2026, 5, 29) },
        LedgerPolicy.Default, StoreKind.PostgreSql, Now);

    private static Account Holder() => new() { UserId = "u1", Balance = new CoinAmount(100), Earned = new CoinAmount(100), Version = 2, UpdatedAt = Now };

    /// <summary>The ledger's own decision on an account with 100 coins.</summary>
    private static OperationResult Decide(LedgerOperation operation)
    {
        var state = new LedgerState { Head = LedgerHead.Empty, Policy = LedgerPolicy.Default };
        state.Accounts["u1"] = Holder();
        state.Users["u1"] = Stats().User;
        return LedgerBatch.Decide(state, [operation], Now).Results[0];
    }
}
