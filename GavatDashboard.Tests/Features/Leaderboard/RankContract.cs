using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Servers;
using GavatDashboard.Tests.Stores;
using GavatDashboard.Tests.Stores.Redis;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Leaderboard;

/// <summary>
/// A user's place is the same whether the cache or the ledger is asked: many users share few values, and their ids differ in case and signs,
/// which languages sort otherwise than bytes.
/// </summary>
public abstract class RankContract(AppFixture app) : IAsyncLifetime
{
    private const int Neighbours = 3;
    private static readonly string[] Prefixes = ["a", "B", "_c", "-d", "@e", ".f", "Z", "a-", "a_"];
    private readonly List<string> _users = [];

    protected CoinReader Reader => app.Services.GetRequiredService<CoinReader>();

    internal ILeaderboardStore Boards => app.Services.GetRequiredService<ILeaderboardStore>();

    private LedgerStores Stores => app.Services.GetRequiredService<LedgerStores>();

    public async Task InitializeAsync()
    {
        var test = Guid.NewGuid().ToString("N")[..8];
        for (var i = 0; i < 54; i++)
        {
            var user = $"{Prefixes[i % Prefixes.Length]}{test}-{i / Prefixes.Length}";
            _users.Add(user);
            await DoAsync(Operations.Create(user));
            await DoAsync(Operations.Post(user, "earn_purchase", 100 + (i % 4)));
            if (i % 3 == 0)
            {
                await DoAsync(Operations.Post(user, "spend_content", 1 + (i % 2)));
            }
        }

        await ServedAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Place_AmongManyEquals_IsTheSameFromBothStores()
    {
        foreach (var user in _users)
        {
            foreach (var (by, period) in Leaderboards())
            {
                await AssertSameAsync(user, by, period, StoreKind.Redis);
            }
        }
    }

    [Fact]
    public async Task Place_RightAfterAPosting_KnowsOfIt()
    {
        for (var coins = 1; coins <= 30; coins++)
        {
            await DoAsync(Operations.Post(_users[0], "earn_purchase", coins));

            var rows = (await Reader.FindNeighboursAsync(_users[0], LeaderboardOrder.Earned, LeaderboardPeriod.Month, 1, CancellationToken.None))!.Value;

            Assert.Equal(100 + (coins * (coins + 1) / 2), Assert.Single(rows, row => row.UserId == _users[0]).Value.Value);
        }
    }

    [Fact]
    public async Task Place_WhileTheBoardsMakeThemselvesAnew_StaysRight()
    {
        await AskWhileAsync(async () =>
        {
            for (var round = 0; round < 3; round++)
            {
                await Boards.ClearAsync(CancellationToken.None);
                await Task.Delay(400);
            }

            await ServedAsync();
        });
    }

    /// <summary>Asks for random places until something has ended; each answer must be the ledger's, whichever store gives it.</summary>
    protected async Task AskWhileAsync(Func<Task> trouble)
    {
        var random = new Random(20260314);
        var boards = Leaderboards().ToArray();
        var asked = new Dictionary<StoreKind, int>();
        var troubled = Task.Run(trouble);
        while (!troubled.IsCompleted)
        {
            var (by, period) = boards[random.Next(boards.Length)];
            var source = await AssertSameAsync(_users[random.Next(_users.Count)], by, period, expected: null);
            asked[source] = asked.GetValueOrDefault(source) + 1;
        }

        await troubled;
        Assert.True(asked.Count == 2, $"Asked of {string.Join(", ", asked)}: one store alone proves nothing.");
    }

    /// <summary>Gives a coin to everybody, which changes every board, and waits until the cache has it.</summary>
    protected async Task PostToAllAsync()
    {
        foreach (var user in _users)
        {
            await DoAsync(Operations.Post(user, "earn_purchase", 7));
        }

        await ServedAsync();
    }

    /// <summary>Waits until the cache answers with what is in the ledger now.</summary>
    protected async Task ServedAsync()
    {
        var now = DateTimeOffset.UtcNow;
        await Eventually.IsTrueAsync(
            async () => await Reader.FindNeighboursAsync(_users[^1], LeaderboardOrder.Balance, LeaderboardPeriod.All, Neighbours, CancellationToken.None)
                is { Source: StoreKind.Redis } reading && reading.AsOf > now,
            "the cache knows everybody's place");
    }

    private static IEnumerable<(LeaderboardOrder By, LeaderboardPeriod Period)> Leaderboards() =>
        from order in Enum.GetValues<LeaderboardOrder>() from period in Enum.GetValues<LeaderboardPeriod>() select (order, period);

    private async Task<StoreKind> AssertSameAsync(string user, LeaderboardOrder by, LeaderboardPeriod period, StoreKind? expected)
    {
        var query = new AroundQuery(user, by, period, period.StartOf(DateTimeOffset.UtcNow), Neighbours);
        var ledger = await Stores.Primary.FindAroundAsync(query, CancellationToken.None);
        var reading = await Reader.FindNeighboursAsync(user, by, period, Neighbours, CancellationToken.None);
        Assert.Equal(ledger, reading!.Value);
        Assert.Contains(ledger!, row => row.UserId == user);
        Assert.Equal(expected ?? reading.Source, reading.Source);
        return reading.Source;
    }

    private async Task DoAsync(LedgerOperation operation) =>
        Assert.IsNotType<OperationResult.Refused>(await app.Services.GetRequiredService<ILedgerWriter>().WriteAsync(operation, CancellationToken.None));
}

/// <summary>On the stand-ins: SQLite and Garnet.</summary>
public sealed class EmbeddedRankTests(AppFixture app) : RankContract(app), IClassFixture<AppFixture>;

/// <summary>On PostgreSQL, in a database that sorts as English does, and on a Redis of its own, which may die.</summary>
public sealed class ServersRankTests(ServersRankTests.App app) : RankContract(app), IClassFixture<ServersRankTests.App>
{
    [Fact]
    public async Task Place_AfterRedisCameBackFromAnOldSnapshot_IsNeverTheOldOne()
    {
        await app.Redis.SnapshotAsync();
        await PostToAllAsync();

        await AskWhileAsync(async () =>
        {
            await app.Redis.KillAsync();
            await app.Redis.RestartAsync();
            await ServedAsync();
        });
    }

    public sealed class App : AppFixture
    {
        private PostgresDatabase? _database;

        public RedisServer Redis { get; private set; } = null!;

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            await Redis.DisposeAsync();
            await _database!.DisposeAsync();
        }

        protected override async Task ChangeSettingsAsync(IDictionary<string, string> settings)
        {
            Redis = await RedisServer.StartAsync();
            _database = await (await TestServers.PostgresAsync()).CreateDatabaseAsync("TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'");
            settings["Stores:Mode"] = "external";
            settings["ConnectionStrings:PostgreSql"] = _database.ConnectionString;
            settings["ConnectionStrings:Redis"] = Redis.ConnectionString;
        }
    }
}
