using System.Globalization;
using System.IO.Compression;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Reconciliation.Checks;
using GavatDashboard.Features.Upkeep;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Stores.Sqlite;
using GavatDashboard.Tests.Servers;
using GavatDashboard.Tests.Stores.Mirror;
using Npgsql;

namespace GavatDashboard.Tests.Stores.Upgrade;

/// <summary>
/// Backups and notes that an application with the migrations up to 0011 made are taken up by this one. Its ledger holds five members: counters
/// over midnight and back again by a clock that went back, entries over the end of a month inside a week, imports with dates before and after,
/// a reversal in another month, a refusal and a pin. It was backed up as it stood in PostgreSQL, and the same rows as they stood in SQLite.
/// </summary>
public sealed class OneRowUpgradeTests : IAsyncLifetime, IDisposable
{
    private const int Entries = 25;

    /// <summary>The last batch that was in the fallback's tables when its notes were taken.</summary>
    private const int Applied = 9;

    private readonly string _folder = Directory.CreateTempSubdirectory("gavat-one-row-").FullName;
    private readonly PostgresUnderTest _postgres = new();
    private readonly SettableClock _clock = new() { Now = At("2026-04-02T12:00:00Z") };
    private readonly StringWriter _words = new();
    private SqliteDatabase? _file;
    private SqliteLedger? _sqlite;

    public async Task InitializeAsync()
    {
        await _postgres.InitializeAsync();
        _postgres.Clock.Now = _clock.Now;
        Assert.Equal(0, await RestoreAsync("before-0014.postgres.zip", _postgres.ConnectionString));
        Assert.Equal(0, await RestoreAsync("before-0014.sqlite.zip", postgres: null));
        _file = new SqliteDatabase(Path.Combine(_folder, "primary.db"));
        _sqlite = new SqliteLedger(_file, _clock);
    }

    public async Task DisposeAsync()
    {
        await _postgres.DisposeAsync();
        await _file!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public void Dispose() => _words.Dispose();

    [Fact]
    public async Task Restore_OfABackupOfBefore_EndsWithTheSameRowsInBothStores()
    {
        var dump = await LedgerDump.ReadAsync(_postgres.Ledger);

        Assert.Equal(dump, await LedgerDump.ReadAsync(_sqlite!));
        Assert.Equal(2, _words.ToString().Split(string.Create(CultureInfo.InvariantCulture, $"the ledger is whole: {Entries} entries, 5 accounts")).Length - 1);

        // The newest day and slice with the account, those before in the tables, and none in both: the 15th stayed the newest where the clock went back.
        Assert.Contains(" | 2026-03-15 | 20 | 0 | 0 | 2026-03-09 | 20 | 0", Line(dump, "coin_balances: Bora.9"), StringComparison.Ordinal);
        Assert.Contains("daily_limits: ayla | 2026-03-14 | 92 | 0 | 2", dump, StringComparison.Ordinal);
        Assert.Contains("daily_limits: ayla | 2026-03-15 | 30 | 0 | 0", dump, StringComparison.Ordinal);
        Assert.DoesNotContain("daily_limits: Bora.9 | 2026-03-15", dump, StringComparison.Ordinal);
        Assert.DoesNotContain("coin_leaderboard: 2026-05-01 | deniz-1", dump, StringComparison.Ordinal);
        Assert.EndsWith("null | 0 | 0 | 0 | null | 0 | 0", Line(dump, "coin_balances: ege"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2025-12-31T23:30:00Z")]
    [InlineData("2026-01-15T12:00:00Z")]
    [InlineData("2026-02-28T12:00:00Z")]
    [InlineData("2026-03-01T12:00:00Z")]
    [InlineData("2026-03-14T12:00:00Z")]
    [InlineData("2026-04-02T12:00:00Z")]
    [InlineData("2026-05-01T12:00:00Z")]
    public async Task Ledger_OfBefore_IsReconciledInEveryMonthAndWeek(string at)
    {
        _clock.Now = At(at);
        foreach (var ledger in Both())
        {
            var check = new AccountsCheck("upgrade", ledger, () => null, _clock);
            for (string? position = ""; position is not null;)
            {
                var step = await check.StepAsync(position, CancellationToken.None);
                Assert.Null(step.Mismatch);
                position = step.Next;
            }
        }
    }

    [Fact]
    public async Task Ledger_OfBefore_GoesOnWithItsLimitsBoardsAndKeys()
    {
        foreach (var ledger in Both())
        {
            // The 2nd of April has 99 + 1 coins of 100 for ayla; the 1st is in the table for _cem, who counted there after others had begun the 2nd.
            Assert.Equal((100L, 0L, 1), await UsageAsync(ledger, "ayla", new DateOnly(2026, 4, 2)));
            Assert.Equal((6L, 0L, 1), await UsageAsync(ledger, "_cem", new DateOnly(2026, 4, 1)));
            Assert.Equal(Refusal.DailyLimit, (await DoAsync(ledger, Operations.Post("ayla", "earn_share"))).Refused().Code);
            Assert.Equal(Refusal.DailyLimit, (await DoAsync(ledger, Operations.Post("ayla", "earn_task", null, "task-3"))).Refused().Code);
            Assert.True((await DoAsync(ledger, Operations.Post("Bora.9", "earn_bonus", 20, "bon-4"))).Posted().Replayed);

            Assert.Equal([("ayla", 122L), ("Bora.9", 25L)], await BoardAsync(ledger, LeaderboardPeriod.Month, "2026-03-01"));
            Assert.Equal([("deniz-1", 40L)], await BoardAsync(ledger, LeaderboardPeriod.Month, "2026-05-01"));
            Assert.Equal([("deniz-1", 7L)], await BoardAsync(ledger, LeaderboardPeriod.Month, "2026-01-01"));

            Assert.Equal(10, (await DoAsync(ledger, Operations.Post("Bora.9", "spend_content"))).Posted().Account.Balance.Value);
            Assert.Equal((0L, 10L, 0), await UsageAsync(ledger, "Bora.9", new DateOnly(2026, 4, 2)));
            Assert.Equal((20L, 0L, 0), await UsageAsync(ledger, "Bora.9", new DateOnly(2026, 3, 15)));
        }
    }

    [Fact]
    public async Task Notes_OfBefore_AreAppliedAfterTheFallbackIsBroughtUpToDate()
    {
        var path = Path.Combine(_folder, "killed", "gavatcore_v2.db");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using (var backup = ZipFile.OpenRead(Fixture("before-0014.postgres.zip")))
        {
            backup.GetEntry("gavatcore_v2.db")!.ExtractToFile(path);
        }

        File.Copy(Fixture("before-0014.intents.db"), MirrorJournal.PathOf(path));
        await using var mirror = new MirrorUnderTest(_postgres.Ledger, path);
        mirror.Marker.Write(isPromotable: true);

        await mirror.OpenAsync();
        Assert.Equal((Applied, MirrorState.Following), ((await mirror.Journal.ReadHeadAsync(CancellationToken.None)).Revision, mirror.Standing.Status.State));
        mirror.Mirror.Settle(await _postgres.Ledger.ReadHeadAsync(CancellationToken.None));
        mirror.Tables.CatchUp();

        Assert.Equal(MirrorState.Following, mirror.Standing.Status.State);
        Assert.Equal(await LedgerDump.ReadAsync(_postgres.Ledger), await LedgerDump.ReadAsync(mirror.Ledger));
    }

    [Fact]
    public async Task Restore_OverTablesThatTheBackupDoesNotKnow_LeavesThoseOfOthers()
    {
        await RunAsync("CREATE TABLE of_others (user_id text REFERENCES users (user_id)); CREATE VIEW seen_by_others AS SELECT user_id FROM coin_balances; INSERT INTO of_others VALUES (NULL)");

        Assert.Equal(0, await RestoreAsync("before-0014.postgres.zip", _postgres.ConnectionString));

        Assert.Equal(await LedgerDump.ReadAsync(_postgres.Ledger), await LedgerDump.ReadAsync(_sqlite!));
        Assert.Equal(1, await RunAsync("DELETE FROM of_others"));
    }

    private static string Fixture(string name) => Path.Combine(SourceTree.Root, "GavatDashboard.Tests", "Stores", "Upgrade", name);

    private static string Line(string dump, string start) => Assert.Single(dump.Split('\n'), line => line.StartsWith(start + " |", StringComparison.Ordinal));

    private static DateTimeOffset At(string instant) => DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture);

    private static async Task<(long Earned, long Spent, int Messages)> UsageAsync(ILedgerStorage ledger, string user, DateOnly day) =>
        await ledger.ReadUsageAsync(user, day, CancellationToken.None) is var usage ? (usage.Earned.Value, usage.Spent.Value, usage.Messages) : default;

    private static async Task<(string User, long Coins)[]> BoardAsync(ILedgerStorage ledger, LeaderboardPeriod period, string start) =>
    [
        .. (await ledger.ReadLeaderboardAsync(new(LeaderboardOrder.Earned, period, DateOnly.Parse(start, CultureInfo.InvariantCulture), 10), CancellationToken.None))
            .Select(row => (row.UserId, row.Value.Value)),
    ];

    private static async Task<OperationResult> DoAsync(ILedgerStorage ledger, LedgerOperation operation) =>
        (await ledger.ExecuteAsync([operation], CancellationToken.None))[0];

    private async Task<int> RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_postgres.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync();
    }

    private ILedgerStorage[] Both() => [_postgres.Ledger, _sqlite!];

    private Task<int> RestoreAsync(string backup, string? postgres) =>
        new BackupCommand(new StoreLocations(_folder, postgres, Path.Combine(_folder, "gavatcore_v2.db")), _clock, _words)
            .RestoreAsync(Fixture(backup), overwrite: true, CancellationToken.None);
}
