using GavatDashboard.Tests.Faults.Harness;
using Xunit.Abstractions;

namespace GavatDashboard.Tests.Faults;

/// <summary>PostgreSQL lives, answers the probe, and has no room for what is written (SQLSTATE 53100): SQLite takes over until there is room.</summary>
[Trait("Category", "Fault")]
public sealed class PostgresDiskTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Postgres_OnAFullDisk_IsReplacedAndTakenBackWhenThereIsRoom()
    {
        // Not in a folder that root alone may enter: the server runs as another user.
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"gavat-disk-{Guid.NewGuid():N}")).FullName;
        var (disk, why) = await SmallDisk.TryMountAsync(Path.Combine(folder, "disk"), megabytes: 192);
        output.WriteLine(disk is null ? $"{why}; a trigger that raises the same error stands in for it" : "PostgreSQL's data are on a disk of 192 MB");
        try
        {
            await using var arena = await FaultArena.StartAsync(postgresUnder: disk?.Path);
            await StrikeAsync(arena, disk is null ? () => RefuseInsertsAsync(arena) : () => Done(disk.Fill), disk is null ? () => AllowInsertsAsync(arena) : () => Done(disk.Free));
            if (disk is not null)
            {
                Assert.Contains("No space left on device", arena.Postgres.Log, StringComparison.Ordinal);
            }
        }
        finally
        {
            if (disk is not null)
            {
                await disk.DisposeAsync();
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Postgres_ThatTakesTheProbesRowAndRefusesEveryBatch_IsReplacedAllTheSame()
    {
        await using var arena = await FaultArena.StartAsync();
        await StrikeAsync(arena, () => RefuseInsertsAsync(arena), () => AllowInsertsAsync(arena));
    }

    private async Task StrikeAsync(FaultArena arena, Func<Task> fill, Func<Task> free)
    {
        using var callers = await arena.StartCallersAsync(Random.Shared.Next(1_000_000), callers: 6, pauseMs: 5, Recovery);
        await arena.WaitUntilFollowingAsync(Recovery);
        var failoverMs = 0.0;
        var full = new Fault("postgresql's disk is full", async (_, _) =>
        {
            var struckAt = arena.History.Now;
            await fill();
            await arena.App.WaitUntilStateAsync("fallback", Recovery);
            await arena.WaitUntilAcknowledgesAsync(callers, Recovery);
            failoverMs = callers.LongestSilenceMs(struckAt);
            await free();
            if (arena.Postgres.HasEnded)
            {
                // It had no room for its own log either, and gave up.
                await arena.Postgres.RestartAsync();
            }

            await arena.App.WaitUntilStateAsync("primary", Recovery);
        });
        var (verdict, _) = await arena.StrikeAsync(callers, full, TimeSpan.Zero, Recovery);

        output.WriteLine($"no acknowledgement for {failoverMs:N0} ms until the fallback's first");
        Assert.True(verdict.IsClean, verdict.ToString());
        Assert.InRange(failoverMs, 0, 15_000);
        await arena.SettleAndJudgeAsync(Recovery);
    }

    private static Task RefuseInsertsAsync(FaultArena arena) => arena.InPostgresAsync(
        """
        CREATE FUNCTION refuse_for_room() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER no_room BEFORE INSERT ON coin_transactions FOR EACH STATEMENT EXECUTE FUNCTION refuse_for_room();
        """);

    private static Task AllowInsertsAsync(FaultArena arena) => arena.InPostgresAsync("DROP TRIGGER no_room ON coin_transactions; DROP FUNCTION refuse_for_room()");

    private static Task Done(Action act)
    {
        act();
        return Task.CompletedTask;
    }
}
