using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Reconciliation;
using GavatDashboard.Features.Upkeep;
using GavatDashboard.Stores;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Servers;
using GavatDashboard.Tests.Stores.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Upkeep;

/// <summary>The verb verify beside the running application on PostgreSQL, Redis, MongoDB and SQLite: it names what is wrong in each, and leaves it as it is.</summary>
public sealed class VerifyStoresTests(VerifyStoresTests.App app) : IClassFixture<VerifyStoresTests.App>
{
    private readonly ApiCaller _api = new(app.CreateClient());

    private LedgerStores Stores => app.Services.GetRequiredService<LedgerStores>();

    private ILeaderboardStore Boards => app.Services.GetRequiredService<ILeaderboardStore>();

    private IDocumentStore Documents => app.Services.GetRequiredService<IDocumentStore>();

    private StoreLocations Locations => StoreLocations.From(app.Services.GetRequiredService<IConfiguration>());

    [Fact]
    public async Task Verify_StoresThatAgree_ComparesEachAndSucceeds()
    {
        await CreateUserAsync();

        var (code, output, errors) = await RunAsync(Locations);

        Assert.Equal((0, string.Empty), (code, errors));
        Assert.Matches(@"fallback +ok +[0-9,]+ entries and [0-9,]+ accounts are those of the ledger", output);
        Assert.Matches(@"documents +ok +[0-9,]+ entries and [0-9,]+ accounts are the ledger's", output);
        Assert.Matches(@"cache +ok +[1-9][0-9,]* cached balances and the places of [1-9][0-9,]* users are the ledger's", output);
        Assert.EndsWith("everything fits", output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_StoresOutOfReach_NamesThemAndHasAnExitCodeOfItsOwn()
    {
        var (code, output, _) = await RunAsync(Locations with { Redis = $"127.0.0.1:{LoopbackPort.Free()}", MongoDb = $"mongodb://127.0.0.1:{LoopbackPort.Free()}" });

        Assert.Equal(3, code);
        Assert.Matches(@"fallback +ok", output);
        Assert.Matches(@"documents +NOT COMPARED +MongoDB at 127\.0\.0\.1:\d+ cannot be reached", output);
        Assert.Matches(@"cache +NOT COMPARED +Redis at 127\.0\.0\.1:\d+ cannot be reached", output);
        Assert.EndsWith("what could be compared fits; not compared: documents, cache", output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_LedgerOutOfReach_ChecksWhatIsLeft()
    {
        var (code, output, _) = await RunAsync(Locations with { PostgreSql = $"Host=127.0.0.1;Port={LoopbackPort.Free()};Username=u;Database=d" });

        Assert.Equal(3, code);
        Assert.Matches(@"ledger +NOT COMPARED", output);
        Assert.Contains("fallback ledger", output, StringComparison.Ordinal);
        Assert.Contains("not compared: ledger, fallback, documents, cache", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_AnAccountThatDiffersInTheFallback_IsNamed()
    {
        var user = await CreateUserAsync();
        await PinAsync("'gold'", "'by hand'", "'x'");

        await FindsAsync($"fallback: the fallback holds the account '{user}'");
        await PinAsync("NULL", "NULL", "NULL");

        Task PinAsync(string tier, string reason, string actor) => Stores.FallbackStorage.ChangeAsync(
            async (connection, transaction) =>
            {
                await using var command = connection.CreateCommand();
                command.Transaction = transaction;
                command.CommandText = $"UPDATE coin_balances SET pinned_tier = {tier}, pin_reason = {reason}, pin_actor = {actor} WHERE user_id = '{user}'";
                return await command.ExecuteNonQueryAsync();
            },
            CancellationToken.None);
    }

    [Theory]
    [InlineData("amount")]
    [InlineData("text")]
    [InlineData("place")]
    [InlineData("id")]
    public async Task Verify_ADocumentThatDiffers_IsNamed(string what)
    {
        var user = await CreateUserAsync();
        var entry = (await Stores.Current.ListEntriesAsync(new EntryQuery { UserId = user, Limit = 1 }, CancellationToken.None))[0];
        var wrong = what switch
        {
            "amount" => entry with { Amount = new CoinAmount(-77) },
            "text" => entry with { Description = "changed by hand" },
            "place" => entry with { Sequence = entry.Sequence + 1_000_000_000 },
            _ => entry with { Id = Guid.CreateVersion7() },
        };
        await Documents.WriteAsync(new DocumentBatch([wrong], [], [], [], []), CancellationToken.None);

        await FindsAsync($"of user '{user}'");
        await Documents.ClearAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Verify_ACachedBalanceThatDiffers_IsNamed()
    {
        var user = await CreateUserAsync();
        var cache = app.Services.GetRequiredService<IBalanceCache>();
        var account = (await Stores.Current.FindAccountAsync(user, CancellationToken.None))!;
        await cache.WriteThroughAsync([account with { Balance = new CoinAmount(999_999) }], CancellationToken.None);

        await FindsAsync($"cache: the cache holds the account '{user}' with 999999 coins");
        cache.Distrust("a test");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Verify_ALeaderboardThatDiffers_IsNamed(bool isStranger)
    {
        var user = await CreateUserAsync() is var known && isStranger ? "a-stranger" : known;
        var account = await Stores.Current.FindAccountAsync(user, CancellationToken.None) ?? new Account { UserId = user, Version = 1, UpdatedAt = DateTimeOffset.UtcNow };
        await Eventually.IsTrueAsync(
            async () =>
            {
                var mark = await Boards.ReadMarkAsync(CancellationToken.None);
                var batch = new LeaderboardBatch([new LeaderboardMember(account with { Earned = new CoinAmount(888_888) }, "x")], []);
                return await Boards.WriteAsync(batch, mark, mark, CancellationToken.None);
            },
            "the wrong total is written");

        await FindsAsync($"cache: the all-time leaderboard in the cache {(isStranger ? "holds" : "holds values of")} user '{user}'");
        await Boards.ClearAsync(CancellationToken.None);
    }

    private async Task FindsAsync(string named)
    {
        var (code, output, errors) = await RunAsync(Locations);

        Assert.Contains(named, errors, StringComparison.Ordinal);
        Assert.Equal(1, code);
        Assert.DoesNotContain("everything fits", output, StringComparison.Ordinal);

        // It was named and not repaired: it is found again.
        Assert.Equal(1, (await RunAsync(Locations)).Code);
    }

    private async Task<string> CreateUserAsync()
    {
        // The first passes of the application's own checks are over, and the next are hours away: nothing repairs what a test spoils.
        var feed = app.Services.GetRequiredService<IReconciliationFeed>();
        await Eventually.IsTrueAsync(() => feed.Current.All(check => check.LastPassAt is not null), "the first passes have ended");
        var user = await _api.CreateRichUserAsync(1_000);
        await _api.PostAsync($"/coins/{user}/spend", """{"type":"spend_content"}""");

        // And every copy has it, also one that is being made anew after another test.
        var (head, account) = (await Stores.Primary.ReadHeadAsync(CancellationToken.None), await Stores.Primary.FindAccountAsync(user, CancellationToken.None));
        await Eventually.IsTrueAsync(
            async () => (await Documents.ReadMarkAsync(CancellationToken.None))?.Cursor >= head.Sequence
                && (await Boards.ReadMarkAsync(CancellationToken.None))?.Cursor >= head.Sequence
                && await Stores.Fallback.FindAccountAsync(user, CancellationToken.None) == account,
            "the copies follow");
        return user;
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(StoreLocations locations)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var code = await new VerifyCommand(locations, app.Services.GetRequiredService<IAuditLog>().VerifyAsync, output, errors).RunAsync(CancellationToken.None);
        return (code, output.ToString(), errors.ToString());
    }

    /// <summary>The application on real servers.</summary>
    public sealed class App : AppFixture
    {
        private readonly List<IAsyncDisposable> _owned = [];

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            foreach (var owned in _owned)
            {
                await owned.DisposeAsync();
            }
        }

        protected override async Task ChangeSettingsAsync(IDictionary<string, string> settings)
        {
            var (postgres, redis, mongo) = (await TestServers.CreatePostgresDatabaseAsync(), await TestServers.CreateRedisDatabaseAsync(), await TestServers.CreateMongoDatabaseAsync());
            _owned.AddRange([postgres, redis, mongo]);
            settings["Stores:Mode"] = "external";
            settings["ConnectionStrings:PostgreSql"] = postgres.ConnectionString;
            settings["ConnectionStrings:Redis"] = redis.ConnectionString;
            settings["ConnectionStrings:MongoDb"] = mongo.ConnectionString;
            settings["Reconciliation:StepPauseMs"] = "1";
            settings["Reconciliation:RestSeconds"] = "86400";
        }
    }
}

/// <summary>In embedded mode: what the application keeps to itself is named, and compared when it has stopped.</summary>
public sealed class EmbeddedVerifyStoresTests
{
    [Fact]
    public async Task Verify_BesideTheApplicationAndAfterIt_ComparesWhatItCanReach()
    {
        await using var app = new AppFixture();
        await app.InitializeAsync();
        var api = new ApiCaller(app.CreateClient());
        var user = await api.CreateRichUserAsync(1_000);
        var locations = StoreLocations.From(app.Services.GetRequiredService<IConfiguration>());
        await Eventually.IsTrueAsync(
            async () => (await app.Services.GetRequiredService<IDocumentStore>().ReadAccountsAsync([user], CancellationToken.None)).Any(account => account.Balance.Value == 1_000), "the documents follow");

        var beside = await RunAsync(locations);
        await app.StopAsync();
        var afterwards = await RunAsync(locations);

        Assert.All([beside, afterwards], verified =>
        {
            Assert.Equal((0, string.Empty), (verified.Code, verified.Errors));
            Assert.Matches(@"fallback +ok", verified.Output);
            Assert.Matches(@"documents +ok +[1-9][0-9,]* entries and [1-9][0-9,]* accounts are the ledger's", verified.Output);
            Assert.Matches(@"cache +ok +no Redis is named", verified.Output);
        });
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(StoreLocations locations)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var code = await new VerifyCommand(locations, _ => Task.FromResult(new AuditVerification(true, 1, null, null, string.Empty)), output, errors).RunAsync(CancellationToken.None);
        return (code, output.ToString(), errors.ToString());
    }}
