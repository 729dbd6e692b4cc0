using System.Net.Http.Headers;
using System.Text;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>
/// The same operations as requests with an API key over the loopback interface, to the whole application in this process: with its cache,
/// its copies, its analyzer and its probes at work.
/// </summary>
internal static class HttpLedgerBenchmark
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"type":"earn_share"}""");

    /// <summary>Runs every load in turn, and looks into the books.</summary>
    public static async Task<Dictionary<string, List<LoadResult>>> RunAsync(
        TextWriter output, PostgresServer server, IReadOnlyList<(string Name, int Callers, bool IsHot)> loads, TimeSpan window)
    {
        await using var database = await server.CreateDatabaseAsync();
        var app = new BenchmarkApp(database.ConnectionString);
        await app.InitializeAsync();
        try
        {
            var mirror = app.Services.GetRequiredService<LedgerMirror>();
            var stores = app.Services.GetRequiredService<LedgerStores>();
            await BenchmarkLedger.FillAsync(app.Services.GetRequiredService<ILedgerWriter>());
            using var client = app.CreateClient();
            var results = loads.ToDictionary(load => load.Name, _ => new List<LoadResult>(), StringComparer.Ordinal);
            for (var round = 0; round <= LedgerBenchmark.Rounds; round++)
            {
                foreach (var (name, callers, isHot) in loads)
                {
                    var result = await Load.RunAsync(callers, window, (_, _) => PostAsync(client, isHot), mirror.CatchUp);
                    if (round > 0)
                    {
                        results[name].Add(result);
                    }
                }
            }

            await CheckBooksAsync(output, mirror, stores);
            return results;
        }
        finally
        {
            await app.DisposeAsync();
        }
    }

    /// <summary>Probes write all the time, and one may come between two looks.</summary>
    private static async Task CheckBooksAsync(TextWriter output, LedgerMirror mirror, LedgerStores stores)
    {
        for (var look = 1; ; look++)
        {
            try
            {
                mirror.CatchUp();
                await BenchmarkLedger.CheckBooksAsync(output, stores.Primary, stores.Fallback);
                return;
            }
            catch (InvalidOperationException) when (look < 5)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200));
            }
        }
    }

    private static async Task PostAsync(HttpClient client, bool isHot)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/coins/{BenchmarkLedger.AnyUser(isHot)}/earn") { Content = new ByteArrayContent(Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", Guid.NewGuid().ToString("N"));
        using var response = await client.SendAsync(request);
        response.EnsureSuccessStatusCode();
        await response.Content.ReadAsByteArrayAsync();
    }

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
