using System.Globalization;
using GavatDashboard.Features.Coins;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Servers;
using GavatDashboard.Tests.Stores.Mirror;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>
/// The whole write path of the ledger: PostgreSQL with fsync and synchronous_commit, each operation noted in SQLite before it is answered,
/// against pgbench on the same server, in turn; then the same through HTTP, with all that the application does beside it.
/// </summary>
internal static class LedgerBenchmark
{
    internal const int Rounds = 5;
    internal static readonly TimeSpan Window = TimeSpan.FromSeconds(1.5);

    private static readonly (string Name, string Script, int Clients)[] References =
    [
        ("pgbench plain, 1 client", PgbenchReference.Plain, 1), ("pgbench plain, 16 clients", PgbenchReference.Plain, 16),
        ("pgbench plain, 64 clients", PgbenchReference.Plain, 64), ("pgbench plain hot, 1 client", PgbenchReference.PlainHot, 1),
        ("pgbench full work, 1 client", PgbenchReference.Full, 1), ("pgbench full work, 16 clients", PgbenchReference.Full, 16),
        ("pgbench full work, 64 clients", PgbenchReference.Full, 64), ("pgbench full work hot, 64 clients", PgbenchReference.FullHot, 64),
    ];

    internal static readonly (string Name, int Callers, bool IsHot)[] Ours =
    [
        ("uniform, 1 caller", 1, false), ("uniform, 16 callers", 16, false), ("uniform, 64 callers", 64, false), ("uniform, 256 callers", 256, false),
        ("hot, 64 callers", 64, true),
    ];

    public static async Task RunAsync(TextWriter output)
    {
        var folder = Directory.CreateTempSubdirectory("gavat-bench-");
        await using var server = await PostgresServer.StartAsync(isDurable: true);
        var rates = References.ToDictionary(reference => reference.Name, _ => new List<double>(), StringComparer.Ordinal);
        var direct = Ours.ToDictionary(run => run.Name, _ => new List<LoadResult>(), StringComparer.Ordinal);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"coin operations within daily limits on {BenchmarkLedger.Users} users; median of {Rounds} runs of {Window.TotalSeconds} s, in turn, after one to warm up"));
        await MeasureServiceAsync(output, server, folder.FullName, rates, direct);
        foreach (var (name, _, _) in References)
        {
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  {name,-36}{Median(rates[name]),10:N0}/s"));
        }

        await WriteAsync(output, "service", direct);
        await PostgresFloor.RunAsync(output, server);
        await WriteAsync(output, "HTTP", await HttpBenchmark.RunOperationsAsync(output, server));
        var best = References.Where(reference => reference.Script == PgbenchReference.Plain).Max(reference => Median(rates[reference.Name]));
        var full = References.Where(reference => reference.Script == PgbenchReference.Full).Max(reference => Median(rates[reference.Name]));
        await RatioAsync("full-64", direct["uniform, 64 callers"].Median().PerSecond / full);
        await RatioAsync("uniform-256", direct["uniform, 256 callers"].Median().PerSecond / best);
        await RatioAsync("uniform-64", direct["uniform, 64 callers"].Median().PerSecond / best);
        await RatioAsync("hot-64", direct["hot, 64 callers"].Median().PerSecond / Median(rates["pgbench plain hot, 1 client"]));
        folder.Delete(recursive: true);

        Task RatioAsync(string name, double ratio) => output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"ratio {name} {ratio:F2}"));
    }

    private static async Task MeasureServiceAsync(
        TextWriter output, PostgresServer server, string folder, Dictionary<string, List<double>> rates, Dictionary<string, List<LoadResult>> results)
    {
        await using var database = await server.CreateDatabaseAsync();
        await PostgresMigrations.RunAsync(database.ConnectionString, NullLogger.Instance, CancellationToken.None);
        await using var source = PostgresSource.Create(database.ConnectionString, NullLoggerFactory.Instance);
        await using var ledger = new PostgresLedger(source, TimeProvider.System);
        await using var mirror = new MirrorUnderTest(ledger, Path.Combine(folder, "fallback.db"));
        await mirror.FollowAsync();
        var batches = new BatchWriter(mirror.Stores, mirror.Mirror, new NoCache(), TimeProvider.System);
        using var writer = new LedgerWriter(batches, [], Options.Create(new LedgerWriterOptions()), TimeProvider.System, NullLogger<LedgerWriter>.Instance);
        using var applier = new MirrorApplier(mirror.Tables, TimeProvider.System);
        await writer.StartAsync(CancellationToken.None);
        await applier.StartAsync(CancellationToken.None);
        await BenchmarkLedger.FillAsync(writer);
        var pgbench = await PgbenchReference.PrepareAsync(server, database, source, folder);
        for (var round = 0; round <= Rounds; round++)
        {
            foreach (var (name, script, clients) in References)
            {
                Keep(round, rates[name], await pgbench.RunAsync(script, clients, seconds: round == 0 ? 1 : 2));
            }

            foreach (var (name, callers, isHot) in Ours)
            {
                // What was acknowledged and is not in the fallback's tables yet is work too: its time counts.
                Keep(round, results[name], await Load.RunAsync(
                    callers, Window, async (_, _) => BenchmarkLedger.Check(await writer.WriteAsync(BenchmarkLedger.Post(isHot), CancellationToken.None)), mirror.Tables.CatchUp));
            }
        }

        await writer.StopAsync(CancellationToken.None);
        await applier.StopAsync(CancellationToken.None);
        await BenchmarkLedger.CheckBooksAsync(output, ledger, mirror.Ledger);
    }

    private static void Keep<T>(int round, List<T> results, T result)
    {
        if (round > 0)
        {
            results.Add(result);
        }
    }

    private static double Median(List<double> rates) => rates.Order().ElementAt(rates.Count / 2);

    private static async Task WriteAsync(TextWriter output, string way, Dictionary<string, List<LoadResult>> results)
    {
        foreach (var (name, _, _) in Ours)
        {
            await output.WriteLineAsync($"  {way + " " + name,-36}{results[name].Median()}");
        }
    }
}
