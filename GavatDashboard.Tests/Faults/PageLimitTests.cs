using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Sqlite;
using GavatDashboard.Tests.Faults.Harness;

namespace GavatDashboard.Tests.Faults;

/// <summary>The fallback's files may not grow any more, by SQLite's own limit of pages: what is full says so, and goes on when there is room.</summary>
[Trait("Category", "Fault")]
public sealed class PageLimitTests : IAsyncLifetime
{
    private const string Setting = "Stores__SqliteMaxPages";
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(90);
    private FaultArena arena = null!;
    private OracleCallers callers = null!;

    public async Task InitializeAsync()
    {
        arena = await FaultArena.StartAsync();
        callers = await arena.StartCallersAsync(Random.Shared.Next(1_000_000), callers: 12, pauseMs: 1, Recovery);
        await arena.WaitUntilFollowingAsync(Recovery);
        await arena.App.StopAsync();
    }

    public async Task DisposeAsync()
    {
        callers.Dispose();
        await arena.DisposeAsync();
    }

    [Fact]
    public async Task Ledger_AtItsLimitWhileThePrimaryLives_IsLeftBehindAndCaughtUpLater()
    {
        await LimitAsync(await PagesAsync(arena.FallbackPath) + 30);

        await StrikeAsync(async () =>
        {
            await WaitUntilNotPromotableAsync();
            await arena.WaitUntilAcknowledgesAsync(callers, Recovery);
            await GiveRoomAsync();
        });

        await arena.SettleAndJudgeAsync(Recovery);
    }

    [Fact]
    public async Task Notes_AtTheirLimitWhileThePrimaryLives_LeaveThePrimaryAloneAndAreTakenUpLater()
    {
        var limit = await PagesAsync(arena.FallbackPath) + 2_000;
        await FillAsync(MirrorJournal.PathOf(arena.FallbackPath), limit);
        await LimitAsync(limit);

        await StrikeAsync(async () =>
        {
            await WaitUntilNotPromotableAsync();
            await arena.WaitUntilAcknowledgesAsync(callers, Recovery);
            await GiveRoomAsync();
        });

        await arena.SettleAndJudgeAsync(Recovery);
    }

    [Fact]
    public async Task Fallback_AtItsLimitWhileItTakesTheWrites_RefusesThemClearlyAndLosesNothing()
    {
        await LimitAsync(await PagesAsync(arena.FallbackPath) + 200);

        await StrikeAsync(async () =>
        {
            await arena.Postgres.KillAsync();
            await arena.App.WaitUntilStateAsync("fallback", Recovery);
            await WaitUntilRefusesAsync();
            Assert.Equal("fallback", (await arena.App.ReadFailoverAsync())!.Value.GetProperty("state").GetString());
            await GiveRoomAsync();
            await arena.App.WaitUntilStateAsync("fallback", Recovery);
            await arena.WaitUntilAcknowledgesAsync(callers, Recovery);
            await arena.Postgres.RestartAsync();
            await arena.App.WaitUntilStateAsync("primary", Recovery);
        });

        await arena.SettleAndJudgeAsync(Recovery);
    }

    private async Task StrikeAsync(Func<Task> strike)
    {
        var (verdict, _) = await arena.StrikeAsync(callers, new Fault("the fallback may not grow", (_, _) => strike()), TimeSpan.Zero, Recovery);
        Assert.True(verdict.IsClean, verdict.ToString());
    }

    private async Task LimitAsync(long pages)
    {
        arena.App.Settings[Setting] = pages.ToString(CultureInfo.InvariantCulture);
        await arena.App.StartAsync();
        await arena.App.WaitUntilReadyAsync(Recovery);
        await arena.WaitUntilFollowingAsync(Recovery);
    }

    private async Task GiveRoomAsync()
    {
        await arena.App.StopAsync();
        arena.App.Settings[Setting] = "0";
        await arena.App.StartAsync();
    }

    private async Task WaitUntilNotPromotableAsync()
    {
        using var limit = new CancellationTokenSource(Recovery);
        while (arena.IsPromotable)
        {
            await Task.Delay(20, limit.Token);
        }
    }

    /// <summary>Waits until a write is refused, and looks at how it is said.</summary>
    private async Task WaitUntilRefusesAsync()
    {
        using var limit = new CancellationTokenSource(Recovery);
        using var client = new HttpClient { BaseAddress = arena.App.Address };
        client.DefaultRequestHeaders.Add("X-Api-Key", AppProcess.ApiKey);
        for (var number = 0; ; number++)
        {
            using var answer = await client.PostAsJsonAsync(
                new Uri("/api/v1/users", UriKind.Relative), new { userId = $"one-too-many-{number}", username = new string('x', 40) }, limit.Token);
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                Assert.Contains("store_unavailable", await answer.Content.ReadAsStringAsync(limit.Token), StringComparison.Ordinal);
                // Callers need not know why; whoever has to make room does. A batch that needs no page goes through meanwhile.
                if ((await arena.App.ReadFailoverAsync())!.Value.TryGetProperty("fallbackFault", out var fault) && fault.GetString()?.Contains("full", StringComparison.Ordinal) == true)
                {
                    return;
                }
            }
        }
    }

    private static async Task<long> PagesAsync(string path)
    {
        await using var file = new SqliteDatabase(path);
        await using var connection = await file.OpenAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA page_count";
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task FillAsync(string path, long pages)
    {
        await using var file = new SqliteDatabase(path);
        await using var connection = await file.OpenAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE ballast (bytes BLOB); INSERT INTO ballast VALUES (zeroblob({4_096 * pages}))");
        await command.ExecuteNonQueryAsync();
    }
}
