using Bunit;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Features.Leaderboard;
using GavatDashboard.Features.Security;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using NSubstitute.ExceptionExtensions;

namespace GavatDashboard.Tests.Ui.Leaderboard;

public sealed class LeaderboardPageTests : ComponentTest
{
    private readonly ILeaderboardCache _ranks = Substitute.For<ILeaderboardCache>();
    private readonly ILedgerFeed _feed = Substitute.For<ILedgerFeed>();
    private Action<LedgerActivity> _publish = _ => { };

    public LeaderboardPageTests()
    {
        _feed.Current.Returns(Activity(0));
        _feed.Subscribe(Arg.Do<Action<LedgerActivity>>(subscriber => _publish = subscriber)).Returns(Substitute.For<IDisposable>());
        Context.Services.AddSingleton(_feed);
        Context.Services.AddSingleton(new CoinReader(
            Substitute.For<ILedgerStores>(), Substitute.For<IBalanceCache>(), Substitute.For<IBalanceCopy>(), _ranks, Time));
        Answer(LeaderboardOrder.Balance, new LeaderboardRow(1, "7", "deniz", new CoinAmount(5_210), Tier.Platinum));
        Answer(LeaderboardOrder.Spent, new LeaderboardRow(1, "8", "mert", new CoinAmount(40), Tier.Bronze));
    }

    [Fact]
    public void Leaderboard_ForSupport_LinksUsersAndNamesItsSource()
    {
        SignInAs(ConsoleRoles.Support);

        var page = Context.Render<LeaderboardPage>();

        Assert.Equal("/users/7", page.Find("a.user-link").GetAttribute("href"));
        Assert.Contains("5,210", page.Find("tbody tr").TextContent, StringComparison.Ordinal);
        Assert.Single(page.FindAll(".tier-platinum"));
        Assert.Contains("Redis", page.Find(".source").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Leaderboard_ForOperators_ShowsNamesWithoutLinks()
    {
        SignInAs(ConsoleRoles.Operator);

        var page = Context.Render<LeaderboardPage>();

        Assert.Empty(page.FindAll("a.user-link"));
        Assert.Equal("deniz", page.Find("span.user-link").TextContent);
    }

    [Fact]
    public void Leaderboard_OrderInTheAddress_IsTheOneShown()
    {
        Context.Services.GetRequiredService<NavigationManager>().NavigateTo("/leaderboard?by=spent&period=week");

        var page = Context.Render<LeaderboardPage>();

        Assert.Equal(["Spent", "This week"], page.FindAll("nav.tabs a[aria-current=true]").Select(link => link.TextContent));
        Assert.Contains("mert", page.Find("tbody").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Leaderboard_WhenTheLedgerMoves_FollowsIt()
    {
        var page = Context.Render<LeaderboardPage>();
        Answer(LeaderboardOrder.Balance, new LeaderboardRow(1, "9", "selin", new CoinAmount(6_000), Tier.Platinum));
        _feed.Current.Returns(Activity(1));

        _publish(_feed.Current);
        Time.Advance(TimeSpan.FromSeconds(2));

        page.WaitForAssertion(() => Assert.Contains("selin", page.Find("tbody").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public void Leaderboard_Empty_SaysSo()
    {
        Answer(LeaderboardOrder.Balance);

        Assert.Contains("Nobody is on this board yet", Context.Render<LeaderboardPage>().Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Leaderboard_WhenNoStoreAnswers_SaysWhichAndOffersAnotherTry()
    {
        _ranks.FindAsync(Arg.Any<LeaderboardQuery>(), Arg.Any<CancellationToken>()).ThrowsAsync(new StoreUnavailableException(StoreKind.PostgreSql, "it is down"));

        var page = Context.Render<LeaderboardPage>();

        Assert.Contains("PostgreSQL", page.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Contains("Try again", page.Find("[role=alert] button").TextContent, StringComparison.Ordinal);
    }

    private static LedgerActivity Activity(long posted) => new([], 0, posted, 0, 0, Now);

    private void Answer(LeaderboardOrder order, params LeaderboardRow[] rows) =>
        _ranks.FindAsync(Arg.Is<LeaderboardQuery>(query => query.By == order), Arg.Any<CancellationToken>())
            .Returns(new Reading<IReadOnlyList<LeaderboardRow>>(rows, Now, StoreKind.Redis));
}
