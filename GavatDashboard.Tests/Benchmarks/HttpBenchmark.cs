using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Projection;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>
/// Requests with an API key over the loopback interface, to the whole application in this process: PostgreSQL with fsync and synchronous_commit,
/// every operation noted in SQLite before it is answered, with cache, copies, analyzer and probes at work. Beside them, what a request costs
/// that does nothing, and what the same operation costs without HTTP.
/// </summary>
internal static class HttpBenchmark
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"type":"earn_share"}""");

    public static async Task RunAsync(TextWriter output)
    {
        await using var server = await PostgresServer.StartAsync(isDurable: true);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"requests of {BenchmarkLedger.Users} users over the loopback interface; median of {LedgerBenchmark.Rounds} runs of {LedgerBenchmark.Window.TotalSeconds} s, in turn, after one to warm up"));
        var results = await RunAsync(output, server, (client, writer) =>
        [
            new("nothing to do, 1 caller", 1, () => GetAsync(client, "/api/problems/not_found")),
            new("balance, 1 caller", 1, () => GetAsync(client, $"/api/v1/coins/{BenchmarkLedger.AnyUser(false)}/balance")),
            new("balance, 64 callers", 64, () => GetAsync(client, $"/api/v1/coins/{BenchmarkLedger.AnyUser(false)}/balance")),
            new("earn without HTTP, 1 caller", 1, async () => BenchmarkLedger.Check(await writer.WriteAsync(BenchmarkLedger.Post(false), CancellationToken.None))),
            .. LedgerBenchmark.Ours.Select(load => new HttpLoad("earn, " + load.Name, load.Callers, () => EarnAsync(client, load.IsHot))),
        ]);
        foreach (var (name, measured) in results)
        {
            await output.WriteLineAsync($"  {name,-36}{measured.Median()}");
        }
    }

    /// <summary>Coin operations alone, under the names of their loads.</summary>
    public static Task<Dictionary<string, List<LoadResult>>> RunOperationsAsync(TextWriter output, PostgresServer server) =>
        RunAsync(output, server, (client, _) => [.. LedgerBenchmark.Ours.Select(load => new HttpLoad(load.Name, load.Callers, () => EarnAsync(client, load.IsHot)))]);

    /// <summary>Runs every load in turn, sees the copies catch up, and looks into the books.</summary>
    private static async Task<Dictionary<string, List<LoadResult>>> RunAsync(
        TextWriter output, PostgresServer server, Func<HttpClient, ILedgerWriter, IReadOnlyList<HttpLoad>> make)
    {
        await using var database = await server.CreateDatabaseAsync();
        var app = new BenchmarkApp(database.ConnectionString);
        await app.InitializeAsync();
        try
        {
            var writer = app.Services.GetRequiredService<ILedgerWriter>();
            var tables = app.Services.GetRequiredService<MirrorTables>();
            await BenchmarkLedger.FillAsync(writer);
            using var client = app.CreateClient();
            var loads = make(client, writer);
            var results = loads.ToDictionary(load => load.Name, _ => new List<LoadResult>(), StringComparer.Ordinal);
            for (var round = 0; round <= LedgerBenchmark.Rounds; round++)
            {
                foreach (var load in loads)
                {
                    var result = await Load.RunAsync(load.Callers, LedgerBenchmark.Window, (_, _) => load.Call(), tables.CatchUp);
                    if (round > 0)
                    {
                        results[load.Name].Add(result);
                    }
                }
            }

            await WriteCopiesAsync(output, app.Services.GetRequiredService<IProjectionStatus>());
            await CheckBooksAsync(output, tables, app.Services.GetRequiredService<LedgerStores>());
            return results;
        }
        finally
        {
            await app.DisposeAsync();
        }
    }

    private static async Task EarnAsync(HttpClient client, bool isHot)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/coins/{BenchmarkLedger.AnyUser(isHot)}/earn") { Content = new ByteArrayContent(Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", Guid.NewGuid().ToString("N"));
        await SendAsync(client, request);
    }

    private static async Task GetAsync(HttpClient client, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        await SendAsync(client, request);
    }

    private static async Task SendAsync(HttpClient client, HttpRequestMessage request)
    {
        using var response = await client.SendAsync(request);
        response.EnsureSuccessStatusCode();
        await response.Content.ReadAsByteArrayAsync();
    }

    /// <summary>What the copies still lack, and how long they take to get it when nobody writes any more.</summary>
    private static async Task WriteCopiesAsync(TextWriter output, IProjectionStatus copies)
    {
        var started = Stopwatch.GetTimestamp();
        var behind = copies.Read().ToDictionary(copy => copy.Consumer, copy => copy.Cursor, StringComparer.Ordinal);
        List<string> waiting = [.. behind.Keys];
        while (waiting.Count > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100));
            foreach (var copy in copies.Read().Where(copy => waiting.Contains(copy.Consumer) && copy is { Phase: ProjectionPhase.Following, LagEvents: 0 }))
            {
                waiting.Remove(copy.Consumer);
                await output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  copy {copy.Consumer}: {copy.Cursor - behind[copy.Consumer]} of {copy.Cursor} events behind at the end, caught up after {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s"));
            }
        }
    }

    /// <summary>Probes write all the time, and one may come between two looks.</summary>
    private static async Task CheckBooksAsync(TextWriter output, MirrorTables tables, LedgerStores stores)
    {
        for (var look = 1; ; look++)
        {
            try
            {
                tables.CatchUp();
                await BenchmarkLedger.CheckBooksAsync(output, stores.Primary, stores.Fallback);
                return;
            }
            catch (InvalidOperationException) when (look < 5)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200));
            }
        }
    }

    /// <summary>What is called, and by how many at once.</summary>
    private sealed record HttpLoad(string Name, int Callers, Func<Task> Call);

    /// <summary>The application on PostgreSQL, with room for many calls.</summary>
    private sealed class BenchmarkApp(string postgres) : AppFixture
    {
        protected override Task ChangeSettingsAsync(IDictionary<string, string> settings)
        {
            settings["Stores:Mode"] = "external";
            settings["ConnectionStrings:PostgreSql"] = postgres;
            settings["Security:ApiRequestsPerSecond"] = "10000000";
            return Task.CompletedTask;
        }
    }
}
