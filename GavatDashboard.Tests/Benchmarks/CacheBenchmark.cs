using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Redis;
using GavatDashboard.Tests.Servers;
using GavatDashboard.Tests.Stores.Redis;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>Balance lookups that hit the cache, against redis-benchmark's GET of values of the same size on the same server; then how many hit.</summary>
internal static class CacheBenchmark
{
    private const int Users = 10_000;
    private const int Rounds = 5;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(TextWriter output)
    {
        await using var server = await RedisServer.StartAsync();
        await using var cache = await new CacheUnderTest(new ConfiguredRedis(server.ConnectionString)).StartAsync();
        var accounts = Enumerable.Range(0, Users).Select(AccountOf).ToArray();
        foreach (var piece in accounts.Chunk(500))
        {
            await cache.Balances.WriteThroughAsync(piece, CancellationToken.None);
        }

        var bytes = ((byte[])CachedAccount.Write(accounts[0])!).Length;
        await output.WriteLineAsync($"GET of a cached balance ({bytes} bytes, {Users} users), median of {Rounds} interleaved runs of {Window.TotalSeconds} s after one to warm up");
        // 64 callers that each wait for their answer: 64 connections do the same; one connection that waits for 64 answers at once is its ideal.
        await CompareAsync(output, cache, server.Port, bytes, callers: 1, [(1, 1)]);
        await CompareAsync(output, cache, server.Port, bytes, callers: 64, [(64, 1), (1, 64)]);
        await HitRateBenchmark.RunAsync(output, server);
    }

    private static async Task CompareAsync(
        TextWriter output, CacheUnderTest cache, int port, int bytes, int callers, (int Connections, int Pipeline)[] references)
    {
        List<LoadResult> own = [];
        var others = references.Select(_ => new List<LoadResult>()).ToArray();
        for (var round = 0; round <= Rounds; round++)
        {
            var mine = await Load.RunAsync(callers, Window, (caller, number) => LookUpAsync(cache, caller, number));
            var theirs = new List<LoadResult>();
            foreach (var (connections, pipeline) in references)
            {
                theirs.Add(await ReferenceAsync(port, connections, pipeline, bytes));
            }

            if (round > 0)
            {
                own.Add(mine);
                theirs.Zip(others, (result, list) => (result, list)).ToList().ForEach(pair => pair.list.Add(pair.result));
            }
        }

        await output.WriteLineAsync($"  {$"RedisBalanceCache, {callers} callers",-34}{own.Median()}");
        for (var i = 0; i < references.Length; i++)
        {
            var (connections, pipeline) = references[i];
            var median = others[i].Median();
            await output.WriteLineAsync($"  {$"redis-benchmark -c {connections} -P {pipeline}",-34}{median}");
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"ratio cache-{callers}-to-c{connections}-p{pipeline} {own.Median().PerSecond / median.PerSecond:F2}"));
        }
    }

    private static async Task LookUpAsync(CacheUnderTest cache, int caller, int number)
    {
        var user = ((caller * 7919) + (number * 104_729)) % Users;
        if (await cache.Balances.FindAsync(IdOf(Math.Abs(user)), CancellationToken.None) is null)
        {
            throw new InvalidOperationException("A lookup missed: the benchmark would measure something else.");
        }
    }

    private static async Task<LoadResult> ReferenceAsync(int port, int connections, int pipeline, int bytes)
    {
        var program = ServerPrograms.OnPath("redis-benchmark") ?? throw new InvalidOperationException("The program 'redis-benchmark' is missing; it is in the package redis-tools.");
        var requests = connections * pipeline == 1 ? 40_000 : 200_000;
        var start = new ProcessStartInfo(
            program,
            ["-p", port.ToString(CultureInfo.InvariantCulture), "-t", "set,get", "-n", requests.ToString(CultureInfo.InvariantCulture), "-r", Users.ToString(CultureInfo.InvariantCulture),
                "-d", bytes.ToString(CultureInfo.InvariantCulture), "-c", connections.ToString(CultureInfo.InvariantCulture), "-P", pipeline.ToString(CultureInfo.InvariantCulture), "--csv"])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        // "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"
        var cells = text.Split('\n').Single(line => line.StartsWith("\"GET\"", StringComparison.Ordinal)).Trim().Split(',').Select(cell => cell.Trim('"')).ToArray();
        double Cell(int index) => double.Parse(cells[index], CultureInfo.InvariantCulture);
        return new LoadResult(Cell(1), Cell(4), Cell(6));
    }

    private static string IdOf(int user) => string.Create(CultureInfo.InvariantCulture, $"user-{user:D5}");

    private static Account AccountOf(int user) => new()
    {
        UserId = IdOf(user),
        Balance = new CoinAmount(1_234),
        Earned = new CoinAmount(5_678),
        Spent = new CoinAmount(4_444),
        Version = 42,
        UpdatedAt = DateTimeOffset.UnixEpoch,
    };
}
