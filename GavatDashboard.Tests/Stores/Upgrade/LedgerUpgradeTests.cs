using DbUp;
using DbUp.Builder;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Reconciliation.Checks;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Stores.Sqlite;
using GavatDashboard.Tests.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GavatDashboard.Tests.Stores.Upgrade;

/// <summary>
/// A ledger with a history, written by the application of the migrations 0001 to 0004, is brought up to date: all that was true of it is true
/// still. It holds four members and the canary, entries over the end of a month inside a week, imports with earlier dates, reversals, two
/// refusals, a pin and an activity.
/// </summary>
public abstract class LedgerUpgradeTests : IAsyncLifetime
{
    private const int Entries = 19;
    private const int Events = 26;

    private readonly SettableClock _clock = new() { Now = At("2026-03-10T12:00:00Z") };

    protected abstract string Fixture { get; }

    internal ILedgerStorage Ledger { get; private protected set; } = null!;

    protected TimeProvider Clock => _clock;

    public abstract Task InitializeAsync();

    public abstract Task DisposeAsync();

    [Fact]
    public async Task Upgrade_OfALedgerWithAHistory_KeepsChainBalancesAndSums()
    {
        var check = await VerifyAsync();
        Assert.Null(check.Break);
        Assert.Equal((Entries, 5), (check.Entries, check.Accounts));
        Assert.Equal((2_404L, 2_526L, 122L), await ValuesAsync("ayla"));
        Assert.Equal((3L, 3L, 0L), await ValuesAsync("Bora.9"));
        Assert.Equal((590L, 940L, 350L), await ValuesAsync("deniz-1"));
    }

    [Theory]
    [InlineData("2025-12-31T23:30:00Z")]
    [InlineData("2026-02-10T12:00:00Z")]
    [InlineData("2026-02-28T12:00:00Z")]
    [InlineData("2026-03-01T12:00:00Z")]
    [InlineData("2026-03-02T12:00:00Z")]
    [InlineData("2026-03-09T12:00:00Z")]
    public async Task Upgrade_OfALedgerWithAHistory_KeepsDailyCountersMonthsAndWeeks(string at)
    {
        _clock.Now = At(at);
        var check = new AccountsCheck("upgrade", Ledger, () => null, _clock);
        for (string? position = ""; position is not null;)
        {
            var step = await check.StepAsync(position, CancellationToken.None);
            Assert.Null(step.Mismatch);
            position = step.Next;
        }
    }

    [Fact]
    public async Task Upgrade_OfALedgerWithAHistory_AnswersAsBefore()
    {
        var usage = await Ledger.ReadUsageAsync("ayla", new DateOnly(2026, 2, 24), CancellationToken.None);
        Assert.Equal((1L, 15L, 2), (usage.Earned.Value, usage.Spent.Value, usage.Messages));
        var board = await Ledger.ReadLeaderboardAsync(new(LeaderboardOrder.Earned, LeaderboardPeriod.Month, new DateOnly(2026, 2, 1), 10), CancellationToken.None);
        Assert.Equal(
            [(1L, "ayla", 2_521L), (2L, "_cem", 60L), (3L, "Bora.9", 5L), (4L, "deniz-1", 0L)], board.Select(row => (row.Rank, row.UserId, row.Value.Value)));
        Assert.Equal(Tier.Gold, board[1].Tier);
        Assert.Equal(At("2026-03-09T06:00:00Z"), (await Ledger.FindUserAsync("deniz-1", CancellationToken.None))!.LastActivityAt);
        Assert.Equal("login", Assert.Single(await Ledger.ListActivitiesAsync("deniz-1", DateTimeOffset.UnixEpoch, 10, CancellationToken.None)).Kind);
        var outbox = await ((IOutbox)Ledger).ReadAsync(0, 100, CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, Events).Select(place => (long)place), outbox.Events.Select(item => item.Sequence));
        Assert.Equal(Entries, outbox.Entries.Count);
    }

    [Fact]
    public async Task Upgrade_OfALedgerWithAHistory_LeavesTheNewestDayAndSliceWithTheAccount()
    {
        Assert.Equal("2026-03-03 0 7 1, 2026-03-09 0 -50", await ReadTextAsync(
            "SELECT CAST(usage_day AS text) || ' ' || day_earned || ' ' || day_spent || ' ' || day_messages || ', ' "
            + "|| CAST(slice_start AS text) || ' ' || slice_earned || ' ' || slice_spent FROM coin_balances WHERE user_id = 'ayla'"));
        Assert.Equal("6 days, 8 slices", await ReadTextAsync("SELECT (SELECT count(*) FROM daily_limits) || ' days, ' || (SELECT count(*) FROM coin_leaderboard) || ' slices'"));
        Assert.Equal("", await ReadTextAsync("SELECT coalesce(max(d.user_id), '') FROM daily_limits d JOIN coin_balances b ON b.user_id = d.user_id AND d.day >= b.usage_day"));
        Assert.Equal("", await ReadTextAsync("SELECT coalesce(max(l.user_id), '') FROM coin_leaderboard l JOIN coin_balances b ON b.user_id = l.user_id AND l.slice_start >= b.slice_start"));
    }

    [Fact]
    public async Task Upgrade_OfALedgerWithAHistory_RemembersEveryKey()
    {
        var bought = (await Ledger.ListEntriesAsync(new EntryQuery { UserId = "ayla", Type = EntryType.FromStore("earn_purchase") }, CancellationToken.None)).Single();
        var again = (await DoAsync(Operations.Post("ayla", "earn_purchase", 2_500, "buy-1"))).Posted();
        Assert.Equal((bought.Id, 2_500L, true), (again.Entry.Id, again.Entry.BalanceAfter.Value, again.Replayed));
        var imported = Operations.Post("deniz-1", "earn_purchase", 900, "imp-1") with { EffectiveAt = At("2025-12-31T23:00:00Z") };
        Assert.True((await DoAsync(imported)).Posted().Replayed);
        Assert.Equal(Refusal.KeyReuse, (await DoAsync(Operations.Post("ayla", "earn_purchase", 2_501, "buy-1"))).Refused().Code);

        // Refused for want of coins and for a limit, and still so, whatever came since.
        Assert.Equal(Refusal.InsufficientFunds, (await DoAsync(Operations.Post("Bora.9", "spend_content", null, "poor-1"))).Refused().Code);
        Assert.Equal(Refusal.DailyLimit, (await DoAsync(Operations.Post("_cem", "earn_bonus", 60, "bon-2"))).Refused().Code);
        Assert.Equal(Entries, (await VerifyAsync()).Entries);
    }

    [Fact]
    public async Task Upgrade_OfALedgerWithAHistory_GoesOn()
    {
        Assert.Equal(2_409, (await DoAsync(Operations.Post("ayla", "earn_task"))).Posted().Account.Balance.Value);
        Assert.Equal(Refusal.DailyLimit, (await DoAsync(Operations.Post("ayla", "earn_bonus", 96))).Refused().Code);

        var check = await VerifyAsync();
        Assert.Null(check.Break);
        Assert.Equal(Entries + 1, check.Entries);
    }

    private protected abstract Task<LedgerCheck> VerifyAsync();

    /// <summary>The scripts of that time.</summary>
    protected static void RunFirstFour(UpgradeEngineBuilder upgrade, string folder)
    {
        var result = upgrade
            .WithScriptsEmbeddedInAssembly(typeof(SqlMigrations).Assembly, name => name.Contains($".Stores.{folder}.000", StringComparison.Ordinal) && string.CompareOrdinal(NumberOf(name), "0005") < 0)
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .LogToNowhere()
            .Build()
            .PerformUpgrade();
        Assert.True(result.Successful, result.Error?.ToString());
        Assert.Equal(4, result.Scripts.Count());
    }

    /// <summary>The rows of that time.</summary>
    protected string ReadFixture() => File.ReadAllText(Path.Combine(SourceTree.Root, "GavatDashboard.Tests", "Stores", "Upgrade", Fixture));

    private static string NumberOf(string script) => script.Split('.')[^2][..4];

    private static DateTimeOffset At(string instant) => DateTimeOffset.Parse(instant, System.Globalization.CultureInfo.InvariantCulture);

    private Task<string> ReadTextAsync(string sql) => Ledger.ReadSnapshotAsync(
        async (connection, transaction) =>
        {
            await using var command = SqlLedgerReads.Command(connection, sql);
            command.Transaction = transaction;
            return (string)(await command.ExecuteScalarAsync())!;
        },
        CancellationToken.None);

    private async Task<OperationResult> DoAsync(LedgerOperation operation) => (await Ledger.ExecuteAsync([operation], CancellationToken.None))[0];

    private async Task<(long Balance, long Earned, long Spent)> ValuesAsync(string user) =>
        (await Ledger.FindAccountAsync(user, CancellationToken.None))! is var account ? (account.Balance.Value, account.Earned.Value, account.Spent.Value) : default;
}

public sealed class PostgresLedgerUpgradeTests : LedgerUpgradeTests
{
    private PostgresDatabase? _database;
    private NpgsqlDataSource? _source;

    protected override string Fixture => "before-0005.postgres.sql";

    public override async Task InitializeAsync()
    {
        _database = await TestServers.CreatePostgresDatabaseAsync();
        RunFirstFour(DeployChanges.To.PostgresqlDatabase(_database.ConnectionString + ";Pooling=false"), "Postgres.Migrations");
        await using (var connection = new NpgsqlConnection(_database.ConnectionString + ";Pooling=false"))
        {
            await connection.OpenAsync();
            await using var fill = new NpgsqlCommand(ReadFixture(), connection);
            await fill.ExecuteNonQueryAsync();
        }

        await PostgresMigrations.RunAsync(_database.ConnectionString, NullLogger.Instance, CancellationToken.None);
        _source = PostgresSource.Create(_database.ConnectionString + ";Minimum Pool Size=0", NullLoggerFactory.Instance);
        Ledger = new PostgresLedger(_source, Clock);
    }

    public override async Task DisposeAsync()
    {
        await ((PostgresLedger)Ledger).DisposeAsync();
        await _source!.DisposeAsync();
        await _database!.DisposeAsync();
    }

    private protected override Task<LedgerCheck> VerifyAsync() => LedgerVerifier.CheckPostgresAsync(_database!.ConnectionString, CancellationToken.None);
}

public sealed class SqliteLedgerUpgradeTests : LedgerUpgradeTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gavat-upgrade-").FullName;
    private SqliteDatabase? _database;

    protected override string Fixture => "before-0005.sqlite.sql";

    public override async Task InitializeAsync()
    {
        _database = new SqliteDatabase(Path.Combine(_folder, "ledger.db"));
        RunFirstFour(DeployChanges.To.SqliteDatabase(_database.ConnectionString), "Sqlite.Migrations");
        await using (var connection = await _database.OpenAsync(CancellationToken.None))
        await using (var fill = connection.CreateCommand())
        {
            fill.CommandText = ReadFixture();
            await fill.ExecuteNonQueryAsync();
        }

        SqliteMigrations.Run(_database, NullLogger.Instance);
        Ledger = new SqliteLedger(_database, Clock);
    }

    public override async Task DisposeAsync()
    {
        await _database!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private protected override Task<LedgerCheck> VerifyAsync() => LedgerVerifier.CheckSqliteAsync(_database!.Path, CancellationToken.None);
}
