using Bunit;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Users;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using NSubstitute.ExceptionExtensions;

namespace GavatDashboard.Tests.Ui.Users;

public sealed class BalanceAtPickerTests : ComponentTest
{
    private readonly IBalanceHistory _history = Substitute.For<IBalanceHistory>();

    public BalanceAtPickerTests() => Context.Services.AddSingleton(_history);

    [Fact]
    public void Show_OfAPastInstant_AsksForUtcAndTellsWhatCameLater()
    {
        var at = new DateTimeOffset(2026, 5, 5, 8, 30, 0, TimeSpan.Zero);
        _history.FindAsync("u1", at, Arg.Any<CancellationToken>())
            .Returns(new Reading<BalanceAt>(new BalanceAt("u1", at, new CoinAmount(1_250), 14, 2, new CoinAmount(250)), Now, StoreKind.PostgreSql));
        var picker = Render();

        Ask(picker, "2026-05-05T08:30:00");

        Assert.Contains("1,250", picker.Find("[data-balance-at]").TextContent, StringComparison.Ordinal);
        Assert.Contains("14 entries", picker.Find("[data-balance-at]").TextContent, StringComparison.Ordinal);
        Assert.Contains("+250", picker.Find("[data-later]").TextContent, StringComparison.Ordinal);
        Assert.Contains("the ledger said 1,000", picker.Find("[data-later]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Show_WithNothingWrittenLater_SaysNothingOfIt()
    {
        _history.FindAsync("u1", Arg.Any<DateTimeOffset>(), Arg.Any<CancellationToken>())
            .Returns(call => new Reading<BalanceAt>(new BalanceAt("u1", call.Arg<DateTimeOffset>(), CoinAmount.Zero, 0, 0, CoinAmount.Zero), Now, StoreKind.PostgreSql));
        var picker = Render();

        Ask(picker, "2020-01-01T00:00:00");

        Assert.Single(picker.FindAll("[data-balance-at]"));
        Assert.Empty(picker.FindAll("[data-later]"));
    }

    [Theory]
    [InlineData("", "Give a date")]
    [InlineData("2026-05-29T10:15:31", "in the future")]
    public void Show_OfNoPastInstant_AsksNothingAndSaysWhy(string at, string words)
    {
        var picker = Render();

        Ask(picker, at);

        Assert.Contains(words, picker.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Empty(_history.ReceivedCalls());
    }

    [Fact]
    public void Show_WhileTheLedgerIsOut_SaysSoAndOffersToTryAgain()
    {
        _history.FindAsync("u1", Arg.Any<DateTimeOffset>(), Arg.Any<CancellationToken>())
            .ThrowsAsync(new StoreUnavailableException(StoreKind.PostgreSql, "it is stopped"));
        var picker = Render();

        Ask(picker, "2026-05-05T08:30:00");

        Assert.Contains("it is stopped", picker.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.NotEmpty(picker.FindAll("[role=alert] button"));
    }

    private IRenderedComponent<BalanceAtPicker> Render() => Context.Render<BalanceAtPicker>(parameters => parameters.Add(picker => picker.UserId, "u1"));

    private static void Ask(IRenderedComponent<BalanceAtPicker> picker, string at)
    {
        picker.Find("input[name=at]").Change(at);
        picker.Find("form").Submit();
    }
}
