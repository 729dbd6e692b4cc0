using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Sql;
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
    public string FallbackPath { get; private set; } = "";

    /// <summary>PostgreSQL's connection string, past the network that breaks.</summary>
    public string PostgresConnection { get; private set; } = "";

    /// <summary>Whether the fallback says that it may take over.</summary>
    public bool IsPromotable
    {
        get
        {
            using var marker = new FileStream(FallbackPath + ".promotable", FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);
            return marker.ReadByte() == '1';
        }
    }

    /// <summary>Starts the servers; the application is started by the test.</summary>
    /// <param name="isDurable">True flushes PostgreSQL's and Redis's commits to the disk, as production does.</param>
    /// <param name="withMongo">True starts the MongoDB development server.</param>
    /// <param name="settings">Further settings of the application.</param>
    /// <param name="postgresUnder">The folder in which PostgreSQL's data are; null for the temporary folder.</param>
    public static async Task<FaultArena> StartAsync(
        bool isDurable = false, bool withMongo = false, IReadOnlyDictionary<string, string>? settings = null, string? postgresUnder = null)
    {
        var arena = new FaultArena(
            await PostgresServer.StartAsync(isDurable, postgresUnder), await RedisServer.StartAsync(isDurable), withMongo ? await MongoServer.StartAsync() : null);
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

    /// <summary>From now on PostgreSQL is another server, which holds the same database.</summary>
    public void PostgresIsNow(PostgresServer server) =>
        PostgresConnection = new NpgsqlConnectionStringBuilder(PostgresConnection) { Host = server.Host, Port = server.Port }.ConnectionString;

    /// <summary>Runs statements in PostgreSQL, past the application.</summary>
    public async Task InPostgresAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(PostgresConnection + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Another instance of the application, on the same servers and networks and a data folder of its own; whoever makes it disposes it.</summary>
    public AppProcess CreateInstance(string name) => new(new Dictionary<string, string>(App.Settings), Path.Combine(folder, name));

    /// <summary>Callers of another instance, that write into the same history.</summary>
    public OracleCallers CreateCallers(AppProcess app, int seed, int callers = 4) => new(app.Address, History, seed, callers, TimeSpan.Zero);

    /// <summary>Starts the application, and makes callers that it knows and that write into the history; whoever starts them disposes them.</summary>
    public async Task<OracleCallers> StartCallersAsync(int seed, int callers, int pauseMs, TimeSpan readyWithin)
    {
        await App.StartAsync();
        await App.WaitUntilReadyAsync(readyWithin);
        var made = new OracleCallers(App.Address, History, seed, callers, TimeSpan.FromMilliseconds(pauseMs));
        await made.RegisterAsync();
        return made;
    }

    /// <summary>Holds the history against PostgreSQL as it is now.</summary>
    public async Task<Verdict> JudgePrimaryAsync()
    {
        await using var source = OpenPrimary(out var ledger);
        return await Verdict.OfAsync(History.Read(), ledger);
    }

    /// <summary>Holds the history against the fallback's tables as they are now.</summary>
    public async Task<Verdict> JudgeFallbackAsync()
    {
        await using var file = new SqliteDatabase(FallbackPath);
        return await Verdict.OfAsync(History.Read(), new SqliteLedger(file, TimeProvider.System));
    }

    /// <summary>
    /// Waits until the fallback follows and MongoDB has caught up, ends the application, and holds the history, the mirror and both chains against
    /// each other.
    /// </summary>
    /// <exception cref="InvalidOperationException">Something does not fit.</exception>
    /// <exception cref="TimeoutException">It did not become whole by itself within the time.</exception>
    public async Task<Verdict> SettleAndJudgeAsync(TimeSpan atMost)
    {
        await App.WaitUntilReadyAsync(atMost);
        await App.WaitUntilStateAsync("primary", atMost);
        await WaitUntilFollowingAsync(atMost);
        if (Mongo is not null)
        {
            await new CopiedLedger(PostgresConnection, Mongo.ConnectionString).WaitUntilEqualAsync(atMost);
        }

        await App.StopAsync();
        var verdict = await JudgePrimaryAsync();
        if (!verdict.IsClean)
        {
            throw new InvalidOperationException(verdict.ToString());
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
        var (left, right) = (await ReadLinesAsync(primary), await ReadLinesAsync(new SqliteLedger(file, TimeProvider.System)));
        if (!left.SequenceEqual(right))
        {
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

    /// <summary>Callers call, the fault strikes and ends, and they go on until they are acknowledged again; once PostgreSQL has the last word again, the history is held against PostgreSQL.</summary>
    /// <returns>What was found, and how long no request was acknowledged, in milliseconds.</returns>
    public async Task<(Verdict Verdict, double SilenceMs)> StrikeAsync(OracleCallers callers, Fault fault, TimeSpan duration, TimeSpan recoversWithin)
    {
        var silenceMs = 0.0;
        await callers.CallDuringAsync(
            async () =>
            {
                await WaitUntilAcknowledgesAsync(callers, recoversWithin);
                var struckAt = History.Now;
                await fault.StrikeAsync(this, duration);
                await WaitUntilAcknowledgesAsync(callers, recoversWithin);
                silenceMs = callers.LongestSilenceMs(struckAt);
            },
            recoversWithin);
        await App.WaitUntilStateAsync("primary", recoversWithin);
        return (await JudgePrimaryAsync(), silenceMs);
    }

    /// <summary>All that a ledger holds, but for news that whoever copies the ledger may have handled: both drop those when they come to it.</summary>
    private static async Task<string[]> ReadLinesAsync(ILedgerStorage ledger) =>
        [.. (await LedgerDump.ReadAsync(ledger)).Split('\n').Where(line => !line.StartsWith("outbox: ", StringComparison.Ordinal))];

    /// <summary>Waits until callers are acknowledged again and again.</summary>
    /// <exception cref="TimeoutException">They are not within the time.</exception>
    public async Task WaitUntilAcknowledgesAsync(OracleCallers callers, TimeSpan atMost)
    {
        var (watch, since) = (Stopwatch.StartNew(), History.Now);
        while (callers.AcknowledgedSince(since) < 20)
        {
            if (watch.Elapsed > atMost)
            {
                throw new TimeoutException($"Only {callers.AcknowledgedSince(since)} requests were acknowledged within {atMost.TotalSeconds:0} s. The application wrote:\n{App.Output}");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>Waits until the fallback says that it holds everything.</summary>
    public async Task WaitUntilFollowingAsync(TimeSpan atMost)
    {
        var watch = Stopwatch.StartNew();
        while (!IsPromotable)
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
        PostgresConnection = (await Postgres.CreateDatabaseAsync()).ConnectionString;
        Directory.CreateDirectory(DataFolder);
        var all = new Dictionary<string, string>
        {
            ["Stores__Mode"] = "external",
            ["ConnectionStrings__PostgreSql"] = new NpgsqlConnectionStringBuilder(PostgresConnection) { Port = PostgresNetwork.Port }.ConnectionString,
            ["ConnectionStrings__Redis"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{RedisNetwork.Port}"),
            ["ConnectionStrings__MongoDb"] = Mongo is null ? "" : $"{Mongo.ConnectionString}",
            ["ConnectionStrings__Sqlite"] = "",

            // So that a run sees many ways there and back; when writes are moved there is as in production.
            ["Failover__MinimumStaySeconds"] = "3",
            ["Failover__GoodSeconds"] = "2",
            ["Failover__LongestStaySeconds"] = "6",
            ["Failover__FallbackTickSeconds"] = "0.5",
        };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        FallbackPath = all["ConnectionStrings__Sqlite"] is { Length: > 0 } named ? named : Path.Combine(DataFolder, "gavatcore_v2.db");
        App = new AppProcess(all, DataFolder);
    }

    private NpgsqlDataSource OpenPrimary(out PostgresLedger ledger)
    {
        var source = PostgresSource.Create(PostgresConnection + ";Minimum Pool Size=0;Command Timeout=60", NullLoggerFactory.Instance);
        ledger = new PostgresLedger(source, TimeProvider.System);
        return source;
    }
}
