using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Stores.Sqlite;
using GavatDashboard.Tests.Servers;
using GavatDashboard.Tests.Stores.Mirror;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NSubstitute;

namespace GavatDashboard.Tests.Imports;

/// <summary>A real, empty ledger with its real writer, without the rest of the application.</summary>
internal sealed class LedgerUnderTest : IAsyncDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"gavat-ledger-{Guid.NewGuid():N}");
    private readonly List<IAsyncDisposable> _owned = [];
    private readonly MirrorUnderTest _mirror;
    private readonly LedgerWriter _writer;

    private LedgerUnderTest(Func<LedgerUnderTest, ILedgerStorage> open)
    {
        Directory.CreateDirectory(_folder);
        var storage = open(this);
        _mirror = new MirrorUnderTest(storage, Path.Combine(_folder, "fallback.db"));
        Stores = _mirror.Stores;
        _writer = new LedgerWriter(
            new BatchWriter(Stores, _mirror.Mirror, Substitute.For<IBalanceCache>(), TimeProvider.System), [],
            Options.Create(new LedgerWriterOptions { BatchTimeoutSeconds = 30 }), TimeProvider.System, NullLogger<LedgerWriter>.Instance);
    }

    public LedgerStores Stores { get; }

    public ILedgerWriter Writer => _writer;

    public ICoinLedger Ledger => Stores.Current;

    public static async Task<LedgerUnderTest> OpenSqliteAsync()
    {
        var ledger = new LedgerUnderTest(own =>
        {
            var database = new SqliteDatabase(Path.Combine(own._folder, "ledger.db"));
            own._owned.Add(database);
            SqliteMigrations.Run(database, NullLogger.Instance);
            return new SqliteLedger(database, TimeProvider.System);
        });
        await ledger._mirror.FollowAsync();
        await ledger._writer.StartAsync(CancellationToken.None);
        return ledger;
    }

    public static async Task<LedgerUnderTest> OpenPostgresAsync()
    {
        var database = await TestServers.CreatePostgresDatabaseAsync();
        await PostgresMigrations.RunAsync(database.ConnectionString, NullLogger.Instance, CancellationToken.None);
        var ledger = new LedgerUnderTest(own =>
        {
            var source = PostgresSource.Create(database.ConnectionString, NullLoggerFactory.Instance);
            var postgres = new PostgresLedger(source, TimeProvider.System);
            own._owned.AddRange([postgres, source, database]);
            return postgres;
        });
        await ledger._mirror.FollowAsync();
        await ledger._writer.StartAsync(CancellationToken.None);
        return ledger;
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.StopAsync(CancellationToken.None);
        _writer.Dispose();
        await _mirror.DisposeAsync();
        foreach (var owned in _owned)
        {
            await owned.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
