using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Sqlite;
using GavatDashboard.Tests.Servers;
using GavatDashboard.Tests.Stores.Mirror;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GavatDashboard.Tests.Faults.Harness;

/// <summary>The application in its own process on servers of its own, networks between them that can break, and an oracle with a durable history.</summary>
internal sealed class FaultArena : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("gavat-faults-").FullName;
    private PostgresDatabase? database;

    private FaultArena(PostgresServer postgres, RedisServer redis, MongoServer? mongo)
    {
        (Postgres, Redis, Mongo) = (postgres, redis, mongo);
        PostgresNetwork = new FaultProxy(postgres.Port);
        RedisNetwork = new FaultProxy(redis.Port);
        History = new History(Path.Combine(folder, "history.jsonl"));
    }

    public PostgresServer Postgres { get; }

    public RedisServer Redis { get; }

    /// <summary>Null where the application keeps its documents in a file of its own.</summary>
    public MongoServer? Mongo { get; }

    /// <summary>Between the application and PostgreSQL.</summary>
    public FaultProxy PostgresNetwork { get; }

    /// <summary>Between the application and Redis.</summary>
    public FaultProxy RedisNetwork { get; }

    public History History { get; }

    public AppProcess App { get; private set; } = null!;

    /// <summary>The application's data folder.</summary>
    public string DataFolder => Path.Combine(folder, "data");

    /// <summary>The fallback's file.</summary>
    public string FallbackPath => Path.Combine(DataFolder, "gavatcore_v2.db");

    /// <summary>PostgreSQL's connection string, past the network that breaks.</summary>
    public string PostgresConnection => database!.ConnectionString;

    /// <summary>Starts the servers; the application is started by the test.</summary>
    /// <param name="isDurable">True flushes PostgreSQL's and Redis's commits to the disk, as production does.</param>
    /// <param name="withMongo">True starts the MongoDB development server.</param>
    /// <param name="settings">Further settings of the application.</param>
    public static async Task<FaultArena> StartAsync(bool isDurable = false, bool withMongo = false, IReadOnlyDictionary<string, string>? settings = null)
    {
        var arena = new FaultArena(
            await PostgresServer.StartAsync(isDurable), await RedisServer.StartAsync(isDurable), withMongo ? await MongoServer.StartAsync() : null);
        try
        {
            await arena.PrepareAsync(settings ?? new Dictionary<string, string>());
            return arena;
        }
        catch
        {
            await arena.DisposeAsync();
            throw;
        }
    }

    /// <summary>Callers that write into the history.</summary>
    public OracleCallers CreateCallers(int seed, int callers = 8, int pauseMs = 0) => new(App.Address, History, seed, callers, TimeSpan.FromMilliseconds(pauseMs));

    /// <summary>Holds the history against PostgreSQL as it is now.</summary>
    public async Task<Verdict> JudgePrimaryAsync()
    {
        await using var source = OpenPrimary(out var ledger);
        return await Verdict.OfAsync(History.Read(), ledger);
    }

    /// <summary>
    /// Waits until the fallback follows, ends the application, and holds the history, the mirror and both chains against each other.
    /// </summary>
    /// <exception cref="InvalidOperationException">Something does not fit.</exception>
    public async Task<Verdict> SettleAndJudgeAsync(TimeSpan atMost)
    {
        await App.WaitUntilReadyAsync(atMost);
        await WaitUntilFollowingAsync(atMost);
        await App.StopAsync();
        var verdict = await JudgePrimaryAsync();
        if (!verdict.IsClean)
        {
            throw new InvalidOperationException($"{verdict}\n{verdict.Problems}");
        }

        await AssertWholeAsync();
        return verdict;
    }

    /// <summary>Both ledgers hold the same, and both chains are whole. The application must not run.</summary>
    /// <exception cref="InvalidOperationException">They differ, or one is broken.</exception>
    public async Task AssertWholeAsync()
    {
        await using var source = OpenPrimary(out var primary);
        await using var file = new SqliteDatabase(FallbackPath);
        var (held, mirrored) = (await LedgerDump.ReadAsync(primary), await LedgerDump.ReadAsync(new SqliteLedger(file, TimeProvider.System)));
        if (held != mirrored)
        {
            var (left, right) = (held.Split('\n'), mirrored.Split('\n'));
            throw new InvalidOperationException(
                $"The mirror differs.\nonly in the primary:\n{string.Join('\n', left.Except(right).Take(20))}\nonly in the mirror:\n{string.Join('\n', right.Except(left).Take(20))}");
        }

        foreach (var check in new[] { await LedgerVerifier.CheckPostgresAsync(PostgresConnection, CancellationToken.None), await LedgerVerifier.CheckSqliteAsync(FallbackPath, CancellationToken.None) })
        {
            if (check.Break is { } broken)
            {
                throw new InvalidOperationException(broken.Problem);
            }
        }
    }

    /// <summary>Waits until the fallback says that it holds everything.</summary>
    public async Task WaitUntilFollowingAsync(TimeSpan atMost)
    {
        var watch = Stopwatch.StartNew();
        while (!IsPromotable())
        {
            if (watch.Elapsed > atMost)
            {
                throw new TimeoutException($"The fallback does not follow after {atMost.TotalSeconds:0} s. The application wrote:\n{App.Output}");
            }

            await Task.Delay(50);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (App is not null)
        {
            await App.DisposeAsync();
        }

        await History.DisposeAsync();
        await PostgresNetwork.DisposeAsync();
        await RedisNetwork.DisposeAsync();
        await Postgres.DisposeAsync();
        await Redis.DisposeAsync();
        if (Mongo is not null)
        {
            await Mongo.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    private async Task PrepareAsync(IReadOnlyDictionary<string, string> settings)
    {
        database = await Postgres.CreateDatabaseAsync();
        Directory.CreateDirectory(DataFolder);
        var all = new Dictionary<string, string>
        {
            ["Stores__Mode"] = "external",
            ["ConnectionStrings__PostgreSql"] = new NpgsqlConnectionStringBuilder(PostgresConnection) { Port = PostgresNetwork.Port }.ConnectionString,
            ["ConnectionStrings__Redis"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{RedisNetwork.Port}"),
            ["ConnectionStrings__MongoDb"] = Mongo is null ? "" : $"{Mongo.ConnectionString}",
            ["ConnectionStrings__Sqlite"] = "",
        };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        App = new AppProcess(all, DataFolder);
    }

    private NpgsqlDataSource OpenPrimary(out PostgresLedger ledger)
    {
        var source = PostgresSource.Create(PostgresConnection + ";Minimum Pool Size=0;Command Timeout=60", NullLoggerFactory.Instance);
        ledger = new PostgresLedger(source, TimeProvider.System);
        return source;
    }

    private bool IsPromotable()
    {
        using var marker = new FileStream(FallbackPath + ".promotable", FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);
        return marker.ReadByte() == '1';
    }
}
