using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Analysis;
using GavatDashboard.Stores.Mongo;
using GavatDashboard.Tests.Analysis;
using GavatDashboard.Tests.Servers;
using NSubstitute;

namespace GavatDashboard.Tests.Stores.Analysis;

public sealed class AnalysisSyncTests : IAsyncLifetime
{
    private readonly SqliteUnderTest _primary = new();
    private readonly SqliteUnderTest _fallback = new();
    private readonly Switch _stores = new();
    private AnalysisDatabases _databases = null!;

    public async Task InitializeAsync()
    {
        await _primary.InitializeAsync();
        await _fallback.InitializeAsync();
        (_stores.Primary, _stores.Fallback) = (_primary.Ledger, _fallback.Ledger);
        _databases = new(new SqliteAnalysisDatabase(_primary.Database, "primary"), new SqliteAnalysisDatabase(_fallback.Database, "fallback"), _stores);
    }

    public async Task DisposeAsync()
    {
        await _primary.DisposeAsync();
        await _fallback.DisposeAsync();
    }

    [Fact]
    public async Task RunRoundAsync_DuringAndAfterAFailover_BringsEachStoreWhatTheOtherGot()
    {
        var sync = new AnalysisSync(_databases, Substitute.For<IDocumentStore>(), _primary.Clock);
        var profile = new HistoryBuilder().Act(1).InCycle("x", "y").Analyze() with { UserId = "ada", AnalysedAt = _primary.Clock.Now };
        await Store().SaveAsync([profile], [new("ada", "phone", profile.AnalysedAt, profile.AnalysedAt)], CancellationToken.None);
        Assert.True(await sync.RunRoundAsync(CancellationToken.None) >= 4);

        // The primary is gone; the fallback serves what it was told of, and takes what is new.
        _stores.IsOnFallback = true;
        Assert.Equal(RiskLevel.High, (await Store().FindAsync("ada", CancellationToken.None))!.RiskLevel);
        var calm = new HistoryBuilder().Act(1).Analyze() with { UserId = "ada", AnalysedAt = profile.AnalysedAt.AddMinutes(1) };
        await Store().SaveAsync([calm], [], CancellationToken.None);
        await sync.RunRoundAsync(CancellationToken.None);

        _stores.IsOnFallback = false;
        Assert.Equal(RiskLevel.Low, (await Store().FindAsync("ada", CancellationToken.None))!.RiskLevel);
        Assert.Equal(3, (await Store().ListChangesAsync("ada", 10, CancellationToken.None)).Count);

        // Nothing goes round and round.
        Assert.Equal(0, await sync.RunRoundAsync(CancellationToken.None));
    }

    [Fact]
    public async Task RunDocumentsRoundAsync_TellsEachProfileOnceAndAllAgainToAnEmptyStore()
    {
        var documents = Substitute.For<IDocumentStore>();
        documents.CountAsync(Arg.Any<CancellationToken>()).Returns(new Dictionary<string, long> { ["erko_profiles"] = 1 });
        var sync = new AnalysisSync(_databases, documents, _primary.Clock);
        var profiles = Enumerable.Range(0, 450).Select(i => new HistoryBuilder().Act(1).Analyze() with { UserId = $"user-{i:D3}", AnalysedAt = _primary.Clock.Now }).ToList();
        await Store().SaveAsync(profiles, [], CancellationToken.None);

        Assert.Equal(450, await sync.RunDocumentsRoundAsync(CancellationToken.None));
        Assert.Equal(0, await sync.RunDocumentsRoundAsync(CancellationToken.None));

        documents.CountAsync(Arg.Any<CancellationToken>()).Returns(new Dictionary<string, long>());
        Assert.Equal(450, await sync.RunDocumentsRoundAsync(CancellationToken.None));
    }

    [Fact]
    public async Task RunDocumentsRoundAsync_OnMongoDb_KeepsTheNewestProfilesAndFillsAnEmptiedStore()
    {
        await using var database = await TestServers.CreateMongoDatabaseAsync();
        using var connection = new MongoConnection(database.ConnectionString, isDevelopmentServer: true);
        var documents = new MongoDocumentStore(connection);
        await documents.PrepareAsync(CancellationToken.None);
        var sync = new AnalysisSync(_databases, documents, _primary.Clock);
        var risky = new HistoryBuilder().Act(1).InCycle("x", "y").Analyze() with { UserId = "ada", AnalysedAt = _primary.Clock.Now };
        await Store().SaveAsync([risky, new HistoryBuilder().Act(1).Analyze() with { UserId = "bob", AnalysedAt = _primary.Clock.Now }], [], CancellationToken.None);

        Assert.Equal(2, await sync.RunDocumentsRoundAsync(CancellationToken.None));
        var copy = await documents.FindProfileAsync("ada", CancellationToken.None);
        Assert.Equal(AnalysisJson.Write(await Store().FindAsync("ada", CancellationToken.None)), AnalysisJson.Write(ProfileDocuments.FromDocument(copy!)));
        Assert.Equal(("high", 2L), (copy!.RiskLevel, (await documents.CountAsync(CancellationToken.None))["erko_profiles"]));

        // During a failover the fallback's profiles are the newest, and MongoDB hears of them.
        await sync.RunRoundAsync(CancellationToken.None);
        _stores.IsOnFallback = true;
        var calm = new HistoryBuilder().Act(1).Analyze() with { UserId = "ada", AnalysedAt = _primary.Clock.Now.AddMinutes(1) };
        await Store().SaveAsync([calm], [], CancellationToken.None);
        await sync.RunDocumentsRoundAsync(CancellationToken.None);
        Assert.Equal("low", (await documents.FindProfileAsync("ada", CancellationToken.None))!.RiskLevel);

        await documents.ClearAsync(CancellationToken.None);
        Assert.Equal(2, await sync.RunDocumentsRoundAsync(CancellationToken.None));
        Assert.Equal("low", (await documents.FindProfileAsync("ada", CancellationToken.None))!.RiskLevel);
    }

    private SqlProfileStore Store() => new(_databases, _primary.Clock);

    private sealed class Switch : ILedgerStores
    {
        public bool IsOnFallback { get; set; }

        public ICoinLedger Primary { get; set; } = null!;

        public ICoinLedger Fallback { get; set; } = null!;

        public ICoinLedger Current => IsOnFallback ? Fallback : Primary;
    }
}
