using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Embedded;
using GavatDashboard.Stores.Mongo;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Redis;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Stores.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace GavatDashboard.Stores;

/// <summary>All stores, opened beside the application or without it by somebody who only reads.</summary>
internal sealed class StoreReaders : IAsyncDisposable
{
    private readonly StoreLocations _locations;
    private readonly TimeProvider _time;
    private readonly List<IAsyncDisposable> _opened = [];

    private StoreReaders(StoreLocations locations, TimeProvider time)
    {
        _locations = locations;
        _time = time;
        Ledgers = new LedgerStores(OpenPrimary(), OpenFile(locations.FallbackFile));
    }

    /// <summary>The ledgers; the current one is the one whose word counts, as the fallback's file says.</summary>
    public LedgerStores Ledgers { get; }

    /// <summary>Opens them; only the fallback's file is read by that.</summary>
    /// <exception cref="StoreUnavailableException">The fallback's file cannot be read.</exception>
    public static async Task<StoreReaders> OpenAsync(StoreLocations locations, TimeProvider time, CancellationToken cancellationToken)
    {
        var readers = new StoreReaders(locations, time);
        try
        {
            var fallback = readers.Ledgers.FallbackStorage;
            var head = await fallback.ReadSnapshotAsync(
                (connection, snapshot) => new SqlHead(fallback.Dialect).ReadAsync(connection, snapshot, isLocked: false, cancellationToken), cancellationToken);
            if (head.Mode == ControlledHead.Fallback)
            {
                readers.Ledgers.TakeFallback();
            }

            return readers;
        }
        catch
        {
            await readers.DisposeAsync();
            throw;
        }
    }

    /// <summary>The documents, or null where there are none: no MongoDB is named, and its stand-in has no file.</summary>
    public IDocumentStore? OpenDocuments()
    {
        if (_locations.MongoDb is { } address)
        {
            return new MongoDocumentStore(Keep(new MongoConnection(address, isDevelopmentServer: false)));
        }

        return File.Exists(_locations.DocumentsFile)
            ? new LiteDocumentStore(Keep(new LiteDocumentDatabase(_locations.DocumentsFile, _time, NullLogger<LiteDocumentDatabase>.Instance, isReadOnly: true)))
            : null;
    }

    /// <summary>The cache of the generation that the ledger names, or null where no Redis is named: its stand-in lives and dies with the application.</summary>
    /// <exception cref="StoreUnavailableException">Redis or the ledger cannot be reached.</exception>
    public async Task<CacheReaders?> OpenCacheAsync(CancellationToken cancellationToken)
    {
        if (_locations.Redis is not { } address)
        {
            return null;
        }

        var options = Options.Create(new RedisOptions());
        var connection = new RedisConnection(new ConfiguredRedis(address), options, NullLogger<RedisConnection>.Instance);
        _opened.Add(connection);
        var served = new CacheTrustState(await new LedgerCacheGeneration(Ledgers, _time).ReadAsync(cancellationToken), Reason: null, _time.GetUtcNow());
        return new CacheReaders(new RedisInspection(connection, () => served), new RedisLeaderboards(connection, options, _time));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in Enumerable.Reverse(_opened))
        {
            await opened.DisposeAsync();
        }
    }

    private ILedgerStorage OpenPrimary()
    {
        if (_locations.PostgreSql is not { } postgres)
        {
            return OpenFile(_locations.PrimaryFile);
        }

        var settings = new NpgsqlConnectionStringBuilder(postgres) { MinPoolSize = 0, ApplicationName = "GavatDashboard verify" };
        var source = PostgresSource.Create(settings.ConnectionString, NullLoggerFactory.Instance);
        _opened.Add(source);
        var ledger = new PostgresLedger(source, _time);
        _opened.Add(ledger);
        return ledger;
    }

    private SqliteLedger OpenFile(string path)
    {
        var file = new SqliteDatabase(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly }.ConnectionString);
        _opened.Add(file);
        return new SqliteLedger(file, _time);
    }

    private T Keep<T>(T owned)
        where T : IDisposable
    {
        _opened.Add(new Owned(owned));
        return owned;
    }

    private sealed class Owned(IDisposable owned) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            owned.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>The two sides of the cache.</summary>
/// <param name="Balances">What would be served.</param>
/// <param name="Boards">The leaderboards.</param>
internal sealed record CacheReaders(ICacheInspection Balances, ILeaderboardStore Boards);
