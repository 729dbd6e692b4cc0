using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Failover;
using GavatDashboard.Features.Projection;
using GavatDashboard.Shared.Text;
using GavatDashboard.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Tests.Ui.Failover;

public sealed class ServiceNoticeTests : ComponentTest
{
    private static readonly CacheStatistics Trusted = new(1, 0, 0, 1, 1, IsBypassed: false, null, Now.AddHours(-1), 1);

    [Fact]
    public void Of_AllWell_IsNothing() => Assert.Null(Of(FailoverSamples.Primary, Trusted, Copy("redis", 0, 0), Copy("mongodb", 3, 4)));

    [Fact]
    public void Of_Fallback_SaysWhatWorksWhatIsOldAndWhenItGoesBack()
    {
        var notice = Of(FailoverSamples.Fallback, Trusted, Copy("redis", 5, 40), Copy("mongodb", 12, 60));

        Assert.False(notice!.IsBad);
        Assert.Equal(
            "PostgreSQL is out; SQLite has its place. Earning and spending work. Back by itself in 10 s at the earliest. "
            + "The leaderboard is 40 s old. 12 documents wait for MongoDB, the oldest for 1 min 0 s.",
            string.Join(' ', notice.Sentences));
    }

    [Fact]
    public void Of_FallbackByHand_SpeaksOfNoOutage()
    {
        var notice = Of(FailoverSamples.Fallback with { IsHeldByHand = true, NextStep = null }, Trusted);

        Assert.Equal("Writes were moved to SQLite by hand, until an admin recovers. Earning and spending work.", string.Join(' ', notice!.Sentences));
    }

    [Fact]
    public void Of_RedisOutWhilePrimary_SaysThatCoinsGoOn()
    {
        var notice = Of(FailoverSamples.Primary, Trusted with { IsBypassed = true, Since = Now.AddSeconds(-30) });

        Assert.Equal("Earning and spending work. The cache is bypassed: balances are right and take a little longer.", string.Join(' ', notice!.Sentences));
    }

    [Fact]
    public void Of_WritesRefused_IsBad()
    {
        var notice = Of(FailoverSamples.Fallback with { State = FailoverState.ReadOnly, Writes = FailoverWrites.Refused, NextStep = null }, Trusted);

        Assert.True(notice!.IsBad);
        Assert.Contains("Earning and spending are refused; balances can be read.", notice.Sentences);
    }

    private static ProjectionStatus Copy(string consumer, long lag, int seconds) => new()
    {
        Consumer = consumer, Phase = ProjectionPhase.Waiting, Head = 100, Cursor = 100 - lag, Since = Now, BehindSince = lag > 0 ? Now.AddSeconds(-seconds) : null,
    };

    private ServiceNotice? Of(FailoverSnapshot failover, CacheStatistics cache, params ProjectionStatus[] copies) =>
        ServiceNotice.Of(failover, cache, copies, Now, Context.Services.GetRequiredService<IStringLocalizer<UiText>>());
}
