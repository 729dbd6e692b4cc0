using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using GavatDashboard.Tests.Faults.Harness;
using Xunit.Abstractions;

namespace GavatDashboard.Tests.Faults;

/// <summary>More is asked for than the bounded queue takes while PostgreSQL stands still, through HTTP.</summary>
[Trait("Category", "Fault")]
public sealed class FullQueueTests(ITestOutputHelper output)
{
    private const int Requests = 80;

    [Fact]
    public async Task Write_WhileTheQueueIsFull_Is503WithTheTimeToWait_AndNothingIsLost()
    {
        await using var arena = await FaultArena.StartAsync(settings: new Dictionary<string, string> { ["LedgerWriter__QueueCapacity"] = "16", ["LedgerWriter__BatchSize"] = "8" });
        await arena.App.StartAsync();
        await arena.App.WaitUntilReadyAsync(TimeSpan.FromSeconds(30));
        using var client = new HttpClient { BaseAddress = new Uri(arena.App.Address, "/api/v1/"), Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Add("X-Api-Key", AppProcess.ApiKey);
        using (var created = await client.PostAsJsonAsync("users", new { userId = "queue", username = "queue" }))
        {
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        }

        // Shorter than what makes the coordinator take PostgreSQL for dead.
        arena.Postgres.Suspend();
        var asked = Enumerable.Range(0, Requests).Select(number => EarnAsync(client, number)).ToArray();
        await Task.Delay(600);
        arena.Postgres.Resume();
        var answers = await Task.WhenAll(asked);

        var refused = answers.Where(answer => answer.Status == HttpStatusCode.ServiceUnavailable).ToArray();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Requests - refused.Length} were taken and {refused.Length} refused"));
        Assert.True(refused.Length is > 0 and < Requests, $"{refused.Length} of {Requests} were refused.");
        Assert.All(refused, answer => Assert.Equal(("ledger_busy", true), (answer.Body.GetProperty("code").GetString(), answer.RetryAfterSeconds > 0)));
        Assert.All(answers.Except(refused), answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal(refused.Length, await ReadBusyAsync(arena.App));

        foreach (var answer in refused)
        {
            var again = await EarnAsync(client, answer.Number);
            Assert.Equal((HttpStatusCode.OK, false), (again.Status, again.Body.GetProperty("replayed").GetBoolean()));
        }

        var balance = await client.GetFromJsonAsync<JsonElement>(new Uri("coins/queue/balance", UriKind.Relative));
        Assert.Equal(Requests, balance.GetProperty("balance").GetInt64());
    }

    private static async Task<Answer> EarnAsync(HttpClient client, int number)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "coins/queue/earn") { Content = JsonContent.Create(new { type = "earn_bonus", amount = 1 }) };
        request.Headers.Add("Idempotency-Key", string.Create(CultureInfo.InvariantCulture, $"queue-{number}"));
        using var answer = await client.SendAsync(request);
        return new Answer(number, answer.StatusCode, (int)(answer.Headers.RetryAfter?.Delta?.TotalSeconds ?? 0), await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    /// <summary>What the application counts of them itself; the exporter renews its text a few times a second.</summary>
    private static async Task<int> ReadBusyAsync(AppProcess app)
    {
        await Task.Delay(TimeSpan.FromSeconds(1));
        using var client = new HttpClient { BaseAddress = app.Address };
        client.DefaultRequestHeaders.Add("X-Api-Key", AppProcess.ApiKey);
        var text = await client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        var line = Regex.Match(text, @"^gavat_ledger_busy\w*(?:\{[^}]*\})? (\d+)", RegexOptions.Multiline);
        return int.Parse(line.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
    }

    private sealed record Answer(int Number, HttpStatusCode Status, int RetryAfterSeconds, JsonElement Body);
}
