using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Tests.Stores;

/// <summary>
/// An account's row holds its counters of the newest day and its sums of the newest leaderboard slice, the tables hold those before; whoever
/// asks sees both as one, whichever way the clock and the dates of entries go.
/// </summary>
public abstract class AccountRowContract
{
    private static readonly DateOnly Saturday = new(2026, 3, 14);
    private readonly LedgerUnderTest under;
    private readonly string user = $"u{Guid.NewGuid():N}"[..16];

    protected AccountRowContract(LedgerUnderTest under)
    {
        this.under = under;
        under.Clock.Now = LedgerUnderTest.Noon;
    }

    [Fact]
    public async Task Day_ThatIsOver_GoesIntoItsTableWithTheNextOneThatCounts()
    {
        await CreateAsync();
        await PostAsync("earn_bonus", 40);
        await PostAsync("earn_message");
        Assert.Equal((1, 0), await CountRowsAsync("daily_limits"));

        under.Clock.Now += TimeSpan.FromDays(1);
        await PostAsync("earn_purchase", 500);
        Assert.Equal((1, 0), await CountRowsAsync("daily_limits"));
        await PostAsync("spend_content", 7);

        Assert.Equal((1, 1), await CountRowsAsync("daily_limits"));
        Assert.Equal((41, 0, 1), await UsageAsync(Saturday));
        Assert.Equal((0, 7, 0), await UsageAsync(Saturday.AddDays(1)));
        var all = await under.Ledger.ListUsageAsync([user], CancellationToken.None);
        Assert.Equal([Saturday, Saturday.AddDays(1)], all.Select(usage => usage.Day).Order());
    }

    [Fact]
    public async Task Day_BeforeTheOneThatStands_IsCountedWhereTheClockWentBack()
    {
        await CreateAsync();
        await PostAsync("earn_bonus", 60);
        under.Clock.Now += TimeSpan.FromDays(1);
        await PostAsync("earn_bonus", 70);
        under.Clock.Now -= TimeSpan.FromDays(1);
        Assert.Equal(60, (await under.DoAsync(Operations.Post(user, "earn_bonus", 41))).Refused().Used);
        await PostAsync("earn_bonus", 40);
        under.Clock.Now -= TimeSpan.FromDays(3);
        await PostAsync("earn_bonus", 3);
        under.Clock.Now += TimeSpan.FromDays(4);
        Assert.Equal(70, (await under.DoAsync(Operations.Post(user, "earn_bonus", 31))).Refused().Used);
        await PostAsync("earn_bonus", 30);

        Assert.Equal((1, 2), await CountRowsAsync("daily_limits"));
        Assert.Equal([(3, 0, 0), (100, 0, 0), (100, 0, 0)], [await UsageAsync(Saturday.AddDays(-3)), await UsageAsync(Saturday), await UsageAsync(Saturday.AddDays(1))]);
    }

    [Fact]
    public async Task Outbox_OverMidnight_TellsTheCountersOfBothDays()
    {
        await CreateAsync();
        var from = (await under.Ledger.ReadHeadAsync(CancellationToken.None)).Sequence;
        await PostAsync("earn_bonus", 60);
        under.Clock.Now += TimeSpan.FromDays(1);
        await PostAsync("earn_bonus", 70);

        var told = await under.Outbox.ReadAsync(from, 100, CancellationToken.None);
        Assert.Equal(
            [(Saturday, 60L), (Saturday.AddDays(1), 70L)],
            told.Usage.Where(usage => usage.UserId == user).OrderBy(usage => usage.Day).Select(usage => (usage.Day, usage.Earned.Value)));
    }

    [Fact]
    public async Task Boards_OverTheEndOfAMonthInsideAWeek_CountEachEntryInItsMonthAndWeek()
    {
        // The 1st of April 2026 is a Wednesday.
        under.Clock.Now = At("2026-03-31T23:59:00Z");
        await CreateAsync();
        await PostAsync("earn_purchase", 1_000);
        under.Clock.Now = At("2026-04-01T00:01:00Z");
        var undone = await PostAsync("spend_group");
        under.Clock.Now = At("2026-04-06T08:00:00Z");
        (await under.DoAsync(Operations.Reverse(undone))).Posted();

        Assert.Equal((1, 2), await CountRowsAsync("coin_leaderboard"));
        Assert.Equal((1_000, 0), await TotalsAsync(LeaderboardPeriod.Month, "2026-03-01"));
        Assert.Equal((0, 0), await TotalsAsync(LeaderboardPeriod.Month, "2026-04-01"));
        Assert.Equal((1_000, 100), await TotalsAsync(LeaderboardPeriod.Week, "2026-03-30"));
        Assert.Equal((0, -100), await TotalsAsync(LeaderboardPeriod.Week, "2026-04-06"));
        Assert.Equal((1, 900L), await PlaceAsync(LeaderboardPeriod.Week, "2026-03-30"));
        Assert.Equal((1, 1_000L), await PlaceAsync(LeaderboardPeriod.Month, "2026-03-01"));
    }

    [Fact]
    public async Task Boards_WithEntriesOfEarlierAndLaterDates_CountEachWhereItBelongs()
    {
        await CreateAsync();
        foreach (var (at, coins) in new[] { ("2026-02-10T00:00:00Z", 1), ("2026-02-10T00:00:00Z", 2), ("2025-01-01T00:00:00Z", 4), ("2026-02-11T00:00:00Z", 8) })
        {
            await PostAsync("earn_purchase", coins, At(at));
        }

        await PostAsync("earn_purchase", 16);
        await PostAsync("earn_purchase", 32, At("2026-02-10T00:00:00Z"));
        var batch = new[] { "2026-03-14T00:00:00Z", "2026-02-10T00:00:00Z", "2025-01-01T00:00:00Z", "2026-03-13T00:00:00Z", "2026-05-01T00:00:00Z" }
            .Select(at => Operations.Post(user, "earn_purchase", 64) with { EffectiveAt = At(at) }).ToArray();
        Assert.All(await under.Ledger.ExecuteAsync(batch, CancellationToken.None), result => result.Posted());

        Assert.Equal((1, 3), await CountRowsAsync("coin_leaderboard"));
        Assert.Equal((64 + 4, 0), await TotalsAsync(LeaderboardPeriod.Month, "2025-01-01"));
        Assert.Equal((64 + 32 + 8 + 2 + 1, 0), await TotalsAsync(LeaderboardPeriod.Month, "2026-02-01"));
        Assert.Equal((64 + 64 + 16, 0), await TotalsAsync(LeaderboardPeriod.Month, "2026-03-01"));
        Assert.Equal((64, 0), await TotalsAsync(LeaderboardPeriod.Month, "2026-05-01"));
    }

    private Task CreateAsync() => under.CreateUserAsync(user);

    private async Task<Entry> PostAsync(string type, long? amount = null, DateTimeOffset? at = null) =>
        (await under.DoAsync(Operations.Post(user, type, amount) with { EffectiveAt = at })).Posted().Entry;

    private async Task<(long Earned, long Spent, int Messages)> UsageAsync(DateOnly day) =>
        await under.Ledger.ReadUsageAsync(user, day, CancellationToken.None) is var usage ? (usage.Earned.Value, usage.Spent.Value, usage.Messages) : default;

    private async Task<(long Earned, long Spent)> TotalsAsync(LeaderboardPeriod period, string start) =>
        (await under.Ledger.ReadPeriodTotalsAsync([user], period, Day(start), CancellationToken.None)) is [var totals] ? (totals.Earned.Value, totals.Spent.Value) : default;

    private async Task<(int Rows, long Coins)> PlaceAsync(LeaderboardPeriod period, string start)
    {
        var around = await under.Ledger.FindAroundAsync(new AroundQuery(user, LeaderboardOrder.Balance, period, Day(start), 0), CancellationToken.None);
        return (around!.Count, around[0].Value.Value);
    }

    /// <summary>How many days or slices of the user stand with the account, and how many in their table.</summary>
    private Task<(long WithAccount, long InTable)> CountRowsAsync(string table) => under.Ledger.ReadSnapshotAsync(
        async (connection, transaction) =>
        {
            await using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = $"""
                SELECT (SELECT count({(table == "daily_limits" ? "usage_day" : "slice_start")}) FROM coin_balances WHERE user_id = '{user}'),
                       (SELECT count(*) FROM {table} WHERE user_id = '{user}')
                """;
            await using var reader = await command.ExecuteReaderAsync();
            Assert.True(await reader.ReadAsync());
            return (reader.GetInt64(0), reader.GetInt64(1));
        },
        CancellationToken.None);

    private static DateTimeOffset At(string instant) => DateTimeOffset.Parse(instant, System.Globalization.CultureInfo.InvariantCulture);

    private static DateOnly Day(string day) => DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture);
}

public sealed class PostgresAccountRows(PostgresUnderTest under) : AccountRowContract(under), IClassFixture<PostgresUnderTest>;

public sealed class SqliteAccountRows(SqliteUnderTest under) : AccountRowContract(under), IClassFixture<SqliteUnderTest>;
