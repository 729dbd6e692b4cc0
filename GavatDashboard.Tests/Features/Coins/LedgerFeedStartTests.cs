using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Features.Health;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Coins;

/// <summary>What the feed shows after a start: what the ledger holds, and then what comes.</summary>
public sealed class LedgerFeedStartTests(AppFixture app) : IClassFixture<AppFixture>
{
    private ILedgerFeed Feed => app.Services.GetRequiredService<ILedgerFeed>();

    [Fact]
    public async Task Feed_AfterARestart_ShowsTheLatestEntriesOnceAndCountsNone()
    {
        using var client = app.CreateClient();
        var user = await new ApiCaller(client).CreateRichUserAsync(4_321);

        await app.RestartAsync();

        await MonitorHarness.WaitUntilAsync(() => Feed.Current.Recent.Any(entry => entry.UserId == user));
        Assert.Single(Feed.Current.Recent, entry => entry.UserId == user);
        Assert.DoesNotContain(Feed.Current.Recent, entry => SystemAccounts.IsReserved(entry.UserId));
        Assert.Equal(Feed.Current.Recent.OrderByDescending(entry => entry.Sequence), Feed.Current.Recent);

        using var again = app.CreateClient();
        var next = await new ApiCaller(again).CreateRichUserAsync(17);
        await MonitorHarness.WaitUntilAsync(() => Feed.Current.Recent is [{ } newest, ..] && newest.UserId == next);
        Assert.Contains(Feed.Current.Recent, entry => entry.UserId == user);
    }
}
