using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Reconciliation;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Servers;
using GavatDashboard.Tests.Stores.Redis;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Reconciliation;

/// <summary>
/// One row is spoiled in each store, in the running application. It is found and named, an incident opens, and it closes once the row is
/// right again: mended by hand in the ledgers, by the check itself in the copies.
/// </summary>
public abstract class ReconciliationContract(AppFixture app)
{
    private readonly ApiCaller api = new(app.CreateClient());

    private LedgerStores Stores => app.Services.GetRequiredService<LedgerStores>();

    private IReconciliationFeed Feed => app.Services.GetRequiredService<IReconciliationFeed>();

    [Fact]
    public async Task EveryCheck_OnStoresThatAgree_GoesThrough()
    {
        await CreateHistoryAsync();

        await WholePassAsync([.. Feed.Current.Select(check => check.Name)]);

        Assert.All(Feed.Current, check => Assert.Null(check.Mismatch));
        Assert.Equal(10, Feed.Current.Count);
        Assert.All(Feed.Current, check => Assert.True(check.LastPassChecked > 0, $"{check.Name} compared nothing."));
        Assert.Empty(OpenIncidents());
    }

    [Theory]
    [InlineData("UPDATE coin_transactions SET description = 'changed by hand' WHERE entry_id = '{entry}'", "UPDATE coin_transactions SET description = NULL WHERE entry_id = '{entry}'", "ledger-chain")]
    [InlineData("UPDATE coin_transactions SET balance_after = balance_after + 1 WHERE entry_id = '{entry}'", "UPDATE coin_transactions SET balance_after = balance_after - 1 WHERE entry_id = '{entry}'", "ledger-accounts")]
    [InlineData("UPDATE coin_balances SET balance = balance + 5, earned = earned + 5 WHERE user_id = '{user}'", "UPDATE coin_balances SET balance = balance - 5, earned = earned - 5 WHERE user_id = '{user}'", "ledger-accounts")]
    [InlineData("UPDATE coin_balances SET granted = granted + 5 WHERE user_id = '{user}'", "UPDATE coin_balances SET granted = granted - 5 WHERE user_id = '{user}'", "ledger-accounts")]
    [InlineData("UPDATE coin_balances SET day_spent = day_spent + 1 WHERE user_id = '{user}'", "UPDATE coin_balances SET day_spent = day_spent - 1 WHERE user_id = '{user}'", "ledger-accounts")]
    [InlineData("UPDATE coin_balances SET slice_earned = slice_earned + 7 WHERE user_id = '{user}'", "UPDATE coin_balances SET slice_earned = slice_earned - 7 WHERE user_id = '{user}'", "ledger-accounts")]
    [InlineData("INSERT INTO daily_limits (user_id, day, earned, spent, messages) VALUES ('{user}', '2020-02-02', 0, 1, 0)", "DELETE FROM daily_limits WHERE user_id = '{user}'", "ledger-accounts")]
    [InlineData("INSERT INTO daily_limits (user_id, day, earned, spent, messages) SELECT user_id, usage_day, 0, 1, 0 FROM coin_balances WHERE user_id = '{user}'", "DELETE FROM daily_limits WHERE user_id = '{user}'", "ledger-accounts")]
    [InlineData("INSERT INTO coin_leaderboard (slice_start, user_id, earned, spent) SELECT slice_start, user_id, 7, 0 FROM coin_balances WHERE user_id = '{user}'", "DELETE FROM coin_leaderboard WHERE user_id = '{user}'", "ledger-accounts")]
    public Task Ledger_WithASpoiledRow_IsFoundNamedAndClosed(string spoil, string mend, string check) =>
        SpoilAsync(Stores.PrimaryStorage, spoil, mend, check, IncidentSeverity.Critical);

    [Theory]
    [InlineData("UPDATE coin_transactions SET amount = amount + 1 WHERE entry_id = '{entry}'", "UPDATE coin_transactions SET amount = amount - 1 WHERE entry_id = '{entry}'", "fallback-chain")]
    [InlineData("UPDATE coin_balances SET balance = balance + 5, earned = earned + 5 WHERE user_id = '{user}'", "UPDATE coin_balances SET balance = balance - 5, earned = earned - 5 WHERE user_id = '{user}'", "fallback-accounts")]
    [InlineData("UPDATE coin_transactions SET seq = seq + 1000000000 WHERE entry_id = '{entry}'", "UPDATE coin_transactions SET seq = seq - 1000000000 WHERE entry_id = '{entry}'", "mirror")]
    [InlineData("UPDATE coin_balances SET pin_reason = 'changed by hand', pinned_tier = 'gold', pin_actor = 'x' WHERE user_id = '{user}'", "UPDATE coin_balances SET pin_reason = NULL, pinned_tier = NULL, pin_actor = NULL WHERE user_id = '{user}'", "mirror-accounts")]
    public Task Fallback_WithASpoiledRow_IsFoundNamedAndClosed(string spoil, string mend, string check) =>
        SpoilAsync(Stores.FallbackStorage, spoil, mend, check, IncidentSeverity.Major);

    [Fact]
    public async Task Cache_WithAWrongBalance_IsFoundAndNeverServed()
    {
        var (user, _) = await CreateHistoryAsync();
        await WholePassAsync("redis-balances");
        var account = await Stores.Current.FindAccountAsync(user, CancellationToken.None);
        await app.Services.GetRequiredService<IBalanceCache>().WriteThroughAsync([account! with { Balance = new CoinAmount(999_999) }], CancellationToken.None);

        await FoundAsync("redis-balances", user, IncidentSeverity.Major);

        Assert.Equal(account.Balance.Value, (await api.GetAsync($"/coins/{user}/balance")).NumberOf("balance"));
        await ClosedAsync("redis-balances");
    }

    [Fact]
    public async Task CachedBoards_WithAWrongTotal_AreFoundAndMadeAnew()
    {
        var (user, _) = await CreateHistoryAsync();
        await WholePassAsync("redis-leaderboards");
        var boards = app.Services.GetRequiredService<ILeaderboardStore>();
        var account = (await Stores.Current.FindAccountAsync(user, CancellationToken.None))! with { Earned = new CoinAmount(888_888) };
        await Eventually.IsTrueAsync(
            async () =>
            {
                // The projection moves the mark on with each canary; try until the write lies between two moves.
                var mark = await boards.ReadMarkAsync(CancellationToken.None);
                return await boards.WriteAsync(new LeaderboardBatch([new LeaderboardMember(account, "x")], []), mark, mark, CancellationToken.None);
            },
            "the wrong total is written");

        await FoundAsync("redis-leaderboards", user, IncidentSeverity.Major);
        await ClosedAsync("redis-leaderboards");
    }

    [Theory]
    [InlineData("a-stranger")]
    [InlineData("system:canary")]
    public async Task CachedBoards_WithSomebodyWhomTheLedgerDoesNotKnow_AreFoundAndMadeAnew(string stranger)
    {
        await CreateHistoryAsync();
        await WholePassAsync("redis-leaderboards");
        var boards = app.Services.GetRequiredService<ILeaderboardStore>();
        var account = new Account { UserId = stranger, Version = 1, UpdatedAt = DateTimeOffset.UtcNow, Balance = new CoinAmount(3), Earned = new CoinAmount(3) };
        await Eventually.IsTrueAsync(
            async () =>
            {
                var mark = await boards.ReadMarkAsync(CancellationToken.None);
                return await boards.WriteAsync(new LeaderboardBatch([new LeaderboardMember(account, "x")], []), mark, mark, CancellationToken.None);
            },
            "the stranger is written");

        await FoundAsync("redis-leaderboards", stranger, IncidentSeverity.Major);
        await ClosedAsync("redis-leaderboards");
    }

    [Theory]
    [InlineData("changed")]
    [InlineData("missing")]
    [InlineData("extra")]
    public async Task Documents_WithAWrongEntry_AreFoundAndRepaired(string how)
    {
        var (user, entryId) = await CreateHistoryAsync();
        await WholePassAsync("mongodb-entries");
        var documents = app.Services.GetRequiredService<IDocumentStore>();
        var entry = (await Stores.Current.FindEntryAsync(entryId, CancellationToken.None))!;
        var wrong = how switch
        {
            "changed" => entry with { Amount = new CoinAmount(-77) },
            "missing" => entry with { Sequence = entry.Sequence + 1_000_000_000 },
            _ => entry with { Id = Guid.CreateVersion7() },
        };
        await documents.WriteAsync(new DocumentBatch([wrong], [], [], [], []), CancellationToken.None);

        await FoundAsync("mongodb-entries", how == "extra" ? user : entryId.ToString(), IncidentSeverity.Major);
        await ClosedAsync("mongodb-entries");

        var copy = (await documents.ReadEntriesAsync(entry.Sequence - 1, 1, CancellationToken.None))[0];
        Assert.Equivalent(entry, copy, strict: true);
    }

    [Fact]
    public async Task Documents_WithAWrongAccount_AreFoundAndMadeAnew()
    {
        var (user, _) = await CreateHistoryAsync();
        await WholePassAsync("mongodb-accounts");
        var account = (await Stores.Current.FindAccountAsync(user, CancellationToken.None))!;
        await app.Services.GetRequiredService<IDocumentStore>().WriteAsync(
            new DocumentBatch([], [account with { Balance = new CoinAmount(5_555), Version = account.Version + 1 }], [], [], []), CancellationToken.None);

        await FoundAsync("mongodb-accounts", user, IncidentSeverity.Major);
        await ClosedAsync("mongodb-accounts");
    }

    private async Task SpoilAsync(ILedgerStorage store, string spoil, string mend, string check, IncidentSeverity severity)
    {
        var (user, entryId) = await CreateHistoryAsync();
        // The copies have it as it is: a row that is copied while it is spoiled is found in some later test, before what that one spoils.
        await WholePassAsync([.. Feed.Current.Select(state => state.Name)]);
        // The fallback's tables follow a little behind what was acknowledged.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await store.FindEntryAsync(entryId, limit.Token) is null)
        {
            await Task.Delay(20, limit.Token);
        }

        await ExecuteAsync(spoil);
        await FoundAsync(check, spoil.Contains("{entry}", StringComparison.Ordinal) ? entryId.ToString() : user, severity);
        await ExecuteAsync(mend);
        await WholePassAsync([.. Feed.Current.Select(state => state.Name)]);
        await ClosedAsync(check);

        Task ExecuteAsync(string sql) => store.ChangeAsync(
            async (connection, transaction) =>
            {
                await using var command = connection.CreateCommand();
                command.Transaction = transaction;
                command.CommandText = sql.Replace("{user}", user, StringComparison.Ordinal).Replace("{entry}", entryId.ToString(), StringComparison.Ordinal);
                Assert.InRange(await command.ExecuteNonQueryAsync(), 1, 2);
                return true;
            },
            CancellationToken.None);
    }

    /// <summary>A user with a few entries of all kinds, and the one of them that will be spoiled.</summary>
    private async Task<(string User, Guid EntryId)> CreateHistoryAsync()
    {
        var user = await api.CreateRichUserAsync(1_000);
        await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_message"}""");
        var spent = await api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""");
        var undone = await api.PostAsync($"/coins/{user}/spend", """{"type":"spend_group"}""");
        await api.PostAsync($"/coins/entries/{undone.TextOf("entryId")}/reverse", """{"reason":"a test"}""");
        return (user, spent.Json.GetProperty("entryId").GetGuid());
    }

    /// <summary>Waits until each check has gone through from beginning to end since now.</summary>
    private Task WholePassAsync(params string[] checks)
    {
        var since = DateTimeOffset.UtcNow;
        return Eventually.IsTrueAsync(
            () => checks.All(name => StateOf(name) is { LastPassAt: { } ended, LastPassTook: var took } && ended - took > since),
            $"a whole pass of {string.Join(", ", checks)}");
    }

    private async Task FoundAsync(string check, string named, IncidentSeverity severity)
    {
        // What another test spoiled before may be the last that was found.
        await Eventually.IsTrueAsync(
            () => StateOf(check).Mismatch?.ToString().Contains(named, StringComparison.Ordinal) == true, $"{check} finds the spoiled row and names {named}");
        var incident = Assert.Single(Incidents(check), incident => incident.Cause.Contains(named, StringComparison.Ordinal));
        Assert.Equal(severity, incident.Severity);
    }

    private async Task ClosedAsync(string check)
    {
        await Eventually.IsTrueAsync(() => StateOf(check).Mismatch is null, $"{check} goes through again");
        Assert.All(Incidents(check), incident => Assert.False(incident.IsOpen));
    }

    private CheckState StateOf(string check) => Feed.Current.Single(state => state.Name == check);

    private IReadOnlyList<Incident> Incidents(string check) =>
        app.Services.GetRequiredService<IHealthHistory>().ListIncidents(IncidentSubjects.OfReconciliation(check), 100);

    private IEnumerable<Incident> OpenIncidents() => app.Services.GetRequiredService<IHealthFeed>().Current.OpenIncidents
        .Where(incident => IncidentSubjects.IsReconciliation(incident.ComponentId));
}

/// <summary>On the stand-ins: SQLite, Garnet, LiteDB.</summary>
public sealed class EmbeddedReconciliationTests(EmbeddedReconciliationApp app) : ReconciliationContract(app), IClassFixture<EmbeddedReconciliationApp>;

/// <summary>On PostgreSQL, Redis and MongoDB, or its development server.</summary>
public sealed class ServersReconciliationTests(ServersReconciliationApp app) : ReconciliationContract(app), IClassFixture<ServersReconciliationApp>;

/// <summary>The application on its stand-ins, comparing without rest.</summary>
public sealed class EmbeddedReconciliationApp : AppFixture
{
    protected override Task ChangeSettingsAsync(IDictionary<string, string> settings) => QuickReconciliation.ApplyAsync(settings);
}

/// <summary>The application on real servers, comparing without rest.</summary>
public sealed class ServersReconciliationApp : AppFixture
{
    private PostgresDatabase? _postgres;
    private RedisDatabase? _redis;
    private MongoTestDatabase? _mongo;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var owned in new IAsyncDisposable?[] { _postgres, _redis, _mongo })
        {
            if (owned is not null)
            {
                await owned.DisposeAsync();
            }
        }
    }

    protected override async Task ChangeSettingsAsync(IDictionary<string, string> settings)
    {
        _postgres = await TestServers.CreatePostgresDatabaseAsync();
        _redis = await TestServers.CreateRedisDatabaseAsync();
        _mongo = await TestServers.CreateMongoDatabaseAsync();
        settings["Stores:Mode"] = "external";
        settings["ConnectionStrings:PostgreSql"] = _postgres.ConnectionString;
        settings["ConnectionStrings:Redis"] = _redis.ConnectionString;
        settings["ConnectionStrings:MongoDb"] = _mongo.ConnectionString;
        await QuickReconciliation.ApplyAsync(settings);
    }
}

internal static class QuickReconciliation
{
    public static Task ApplyAsync(IDictionary<string, string> settings)
    {
        settings["Reconciliation:StepPauseMs"] = "5";
        settings["Reconciliation:RestSeconds"] = "1";
        settings["Reconciliation:RetrySeconds"] = "1";
        return Task.CompletedTask;
    }
}
