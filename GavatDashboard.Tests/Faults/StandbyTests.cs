using System.Globalization;
using GavatDashboard.Tests.Faults.Harness;
using Npgsql;
using Xunit.Abstractions;

namespace GavatDashboard.Tests.Faults;

/// <summary>PostgreSQL's own high availability: a synchronous streaming standby is promoted, and the application follows it.</summary>
[Trait("Category", "Fault")]
public sealed class StandbyTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Standby_PromotedUnderLoad_IsFollowedAndHoldsEverythingAcknowledged()
    {
        await using var arena = await FaultArena.StartAsync();
        await using var standby = await arena.Postgres.StartStandbyAsync();
        arena.App.Settings["ConnectionStrings__PostgreSql"] = string.Create(
            CultureInfo.InvariantCulture,
            $"Host=127.0.0.1:{arena.Postgres.Port},127.0.0.1:{standby.Port};Username=postgres;Database={Database(arena)};Target Session Attributes=primary;Host Recheck Seconds=1");
        using var callers = await arena.StartCallersAsync(Random.Shared.Next(1_000_000), callers: 6, pauseMs: 5, Recovery);

        var promotion = new Fault("the standby is promoted", async (_, _) =>
        {
            await arena.Postgres.KillAsync();
            await standby.PromoteAsync();
            arena.PostgresIsNow(standby);
            await arena.App.WaitUntilStateAsync("primary", Recovery);
        });
        var (verdict, silenceMs) = await arena.StrikeAsync(callers, promotion, TimeSpan.Zero, Recovery);

        var failover = (await arena.App.ReadFailoverAsync())!.Value;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"no acknowledgement for {silenceMs:N0} ms, epoch {failover.GetProperty("epoch")}"));
        Assert.True(verdict.IsClean, verdict.ToString());
        await arena.SettleAndJudgeAsync(Recovery);
    }

    private static string Database(FaultArena arena) => new NpgsqlConnectionStringBuilder(arena.PostgresConnection).Database!;
}
