using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Health;
using GavatDashboard.Tests.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Failover;

/// <summary>The machine's clock jumps under the running application; the time that passes does not.</summary>
public sealed class ClockJumpTests(ClockJumpTests.App app) : IClassFixture<ClockJumpTests.App>
{
    [Theory]
    [InlineData(26)]
    [InlineData(-26)]
    [InlineData(0.2)]
    [InlineData(-0.2)]
    public async Task Clock_ThatJumpsUnderLoad_MovesNoWritesAndLosesNone(double hours)
    {
        await app.UntilReadyAsync();
        var moves = app.Coordinator.Current.Journal.Count;
        using var load = new LoadWithOracle(app);
        await load.StartAsync();

        app.Clock.Jump(TimeSpan.FromHours(hours));
        await load.RunForAsync(TimeSpan.FromSeconds(1.5));
        app.Clock.Jump(TimeSpan.FromHours(-hours));
        await load.RunForAsync(TimeSpan.FromSeconds(1.5));
        await load.StopAsync();

        await load.AssertHeldAsync();
        await app.AssertSameAsync();
        var now = app.Coordinator.Current;
        Assert.Equal((FailoverState.Primary, moves, false), (now.State, now.Journal.Count, now.IsOverdue));
    }

    [Fact]
    public async Task Clock_ThatJumps_LeavesWhatIsHealthyHealthy()
    {
        await app.UntilReadyAsync();
        var health = app.Services.GetRequiredService<IHealthFeed>();
        await FailoverApp.UntilAsync(() => health.Current.Rollup.Healthy == health.Current.Rollup.Total, () => health.Current.Rollup.Headline);

        app.Clock.Jump(TimeSpan.FromHours(2));
        var jumped = health.Current;
        app.Clock.Jump(TimeSpan.FromHours(-2));

        Assert.DoesNotContain(jumped.Components, component => component.IsStale);
        Assert.False(app.Coordinator.Current.IsOverdue);
    }

    [Fact]
    public async Task DailyLimit_AcrossAJump_CountsEachDayByItself()
    {
        await app.UntilReadyAsync();
        var user = await app.CreateUserAsync();
        var limit = LedgerPolicy.Default.EarnPerDay;
        Assert.Equal(limit, (await EarnAsync(user, limit.Value)).Posted().Entry.Amount);
        Assert.Equal(Refusal.DailyLimit, (await EarnAsync(user, 1)).Refused().Code);

        app.Clock.Jump(TimeSpan.FromHours(24));
        var tomorrow = (await EarnAsync(user, 1)).Posted().Entry;
        app.Clock.Jump(TimeSpan.FromHours(-24));
        var again = await EarnAsync(user, 1);

        Assert.Equal(Refusal.DailyLimit, again.Refused().Code);
        var entries = await app.Stores.Current.ListEntriesAsync(new EntryQuery { UserId = user, Limit = 10 }, CancellationToken.None);
        Assert.Equal(limit.Value + 1, entries.Sum(entry => entry.Amount.Value));
        // The order of the log is that in which it was decided, whatever the clock said.
        Assert.Equal(tomorrow.Id, entries.MaxBy(entry => entry.Sequence)!.Id);
        Assert.Equal(entries.Sum(entry => entry.Amount.Value), entries.MaxBy(entry => entry.Sequence)!.BalanceAfter.Value);
        await app.AssertSameAsync();
    }

    [Fact]
    public async Task Outage_DuringAJump_TakesAsLongAsItTakes()
    {
        await app.UntilReadyAsync();
        app.Clock.Jump(TimeSpan.FromHours(-3));
        await app.Server.KillAsync();
        app.Clock.Jump(TimeSpan.FromHours(6));
        await app.UntilAsync(FailoverState.Fallback, seconds: 10);
        var user = await app.CreateUserAsync();
        app.Clock.Jump(TimeSpan.FromHours(-9));
        await app.DoAsync(Operations.Post(user, "earn_bonus", 5));
        await app.Server.RestartAsync();
        await app.UntilReadyAsync();

        Assert.Equal(5, (await app.Stores.Primary.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);
        await app.AssertSameAsync();
    }

    private Task<OperationResult> EarnAsync(string user, long coins) => app.DoAsync(Operations.Post(user, "earn_bonus", coins));

    /// <summary>The application on a PostgreSQL of its own, with a clock that can be set.</summary>
    public sealed class App : PostgresFailoverApp
    {
        internal JumpingClock Clock { get; } = new();

        protected override void ChangeServices(IServiceCollection services) => services.AddSingleton<TimeProvider>(Clock);
    }

    /// <summary>The machine's time passes; its clock is wherever somebody has set it.</summary>
    internal sealed class JumpingClock : TimeProvider
    {
        private long _offTicks;

        public void Jump(TimeSpan by) => Interlocked.Add(ref _offTicks, by.Ticks);

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref _offTicks));
    }
}
