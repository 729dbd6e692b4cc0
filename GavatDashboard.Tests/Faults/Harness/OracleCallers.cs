using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace GavatDashboard.Tests.Faults.Harness;

/// <summary>
/// Callers outside of the application's process that post over HTTP, each waiting for its answer. What they do follows from the seed.
/// A request without a clear answer is sent again under its key until there is one; some are given up instead, as impatient callers do.
/// </summary>
internal sealed class OracleCallers : IDisposable
{
    private const int HotUsers = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);

    private readonly History history;
    private readonly HttpClient client;
    private readonly int callers;
    private readonly int seed;
    private readonly TimeSpan pause;
    private readonly ConcurrentQueue<OracleRequest> open = new();
    private readonly ConcurrentQueue<double> acknowledgedAtMs = new();
    private int round;

    /// <param name="address">Where the application listens.</param>
    /// <param name="history">Where they write down what they see.</param>
    /// <param name="seed">What they do follows from it.</param>
    /// <param name="callers">How many call at once.</param>
    /// <param name="pause">How long each waits between its requests.</param>
    public OracleCallers(Uri address, History history, int seed, int callers, TimeSpan pause)
    {
        (this.history, this.seed, this.callers, this.pause) = (history, seed, callers, pause);
        client = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) }) { BaseAddress = address, Timeout = Patience };
        client.DefaultRequestHeaders.Add("X-Api-Key", AppProcess.ApiKey);
    }

    /// <summary>Answers that acknowledged a request.</summary>
    public int Acknowledged => acknowledgedAtMs.Count;

    /// <summary>Answers that acknowledged a request and came after an instant of the history.</summary>
    public int AcknowledgedSince(double atMs) => acknowledgedAtMs.Count(at => at > atMs);

    /// <summary>The longest time without an acknowledgement since an instant of the history, in milliseconds: how long callers felt a fault.</summary>
    public double LongestSilenceMs(double sinceMs) => LongestSilence(sinceMs).Ms;

    /// <summary>The longest time without an acknowledgement since an instant of the history: when it began, and how long it was, in milliseconds.</summary>
    public (double BeganAtMs, double Ms) LongestSilence(double sinceMs)
    {
        double[] times = [sinceMs, .. acknowledgedAtMs.Where(at => at > sinceMs).Order(), history.Now];
        return times.Zip(times.Skip(1), (earlier, later) => (earlier, later - earlier)).MaxBy(silence => silence.Item2);
    }

    /// <summary>Registers the users.</summary>
    public async Task RegisterAsync()
    {
        foreach (var user in Enumerable.Range(0, callers).Select(Own).Concat(Enumerable.Range(0, HotUsers).Select(Hot)))
        {
            using var answer = await client.PostAsJsonAsync(new Uri("/api/v1/users", UriKind.Relative), new { userId = user, username = $"oracle's {user}" });
            if (answer.StatusCode is not (HttpStatusCode.Created or HttpStatusCode.Conflict))
            {
                throw new InvalidOperationException($"{user} was not registered: {await answer.Content.ReadAsStringAsync()}");
            }
        }
    }

    /// <summary>Calls until it is told to stop; requests that are under way then come to their end.</summary>
    public Task RunAsync(CancellationToken stop)
    {
        var number = Interlocked.Increment(ref round);
        return Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(() => CallAsync(caller, number, stop), CancellationToken.None)));
    }

    /// <summary>Calls while something happens, and then gets the answers that are still open.</summary>
    /// <exception cref="TimeoutException">Some requests have none within the time.</exception>
    public async Task CallDuringAsync(Func<Task> happens, TimeSpan answeredWithin)
    {
        using var stop = new CancellationTokenSource();
        var calling = RunAsync(stop.Token);
        try
        {
            await happens();
        }
        finally
        {
            await stop.CancelAsync();
            await calling;
        }

        await ResolveAsync(answeredWithin, CancellationToken.None);
    }

    /// <summary>Sends what is open again until every one has its answer, or it is told to stop.</summary>
    /// <exception cref="TimeoutException">Some have none within the time.</exception>
    public async Task ResolveAsync(TimeSpan atMost, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        while (!open.IsEmpty && !stop.IsCancellationRequested)
        {
            var waiting = open.Count;
            var chunk = Enumerable.Range(0, Math.Min(waiting, 16)).Select(_ => open.TryDequeue(out var next) ? next : null).OfType<OracleRequest>().ToArray();
            await Task.WhenAll(chunk.Select(SendAsync));
            foreach (var request in chunk.Where(request => !request.IsSettled))
            {
                open.Enqueue(request);
            }

            if (watch.Elapsed > atMost)
            {
                throw new TimeoutException($"{open.Count} requests have no answer after {atMost.TotalSeconds:0} s.");
            }

            if (chunk.Any(request => !request.IsSettled))
            {
                await Task.Delay(Breath, CancellationToken.None);
            }
        }
    }

    public void Dispose() => client.Dispose();

    private async Task CallAsync(int caller, int number, CancellationToken stop)
    {
        var random = new Random(unchecked((seed * 7_919) + (caller * 104_729) + number));
        var own = new OwnBalance();
        List<OracleRequest> done = [];
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"o{seed}-{caller}-{number}-{i}");
            var request = Choose(random, key, caller, done);
            var isNew = !done.Contains(request);
            await SendAsync(request);
            while (!request.IsSettled && !stop.IsCancellationRequested && random.Next(20) > 0)
            {
                await Task.Delay(Breath, CancellationToken.None);
                await SendAsync(request);
            }

            if (!request.IsSettled && stop.IsCancellationRequested)
            {
                open.Enqueue(request);
            }

            own.Note(request, Own(caller), isNew);
            if (isNew && request.IsAcknowledged)
            {
                done.Add(request);
            }

            if (random.Next(12) == 0)
            {
                await own.CompareAsync(client, history, Own(caller));
            }

            await Task.Delay(pause, CancellationToken.None);
        }
    }

    private OracleRequest Choose(Random random, string key, int caller, List<OracleRequest> done)
    {
        var user = random.Next(3) == 0 ? Hot(random.Next(HotUsers)) : Own(caller);
        return random.Next(100) switch
        {
            < 5 when done.Count > 0 => done[random.Next(done.Count)],
            < 10 when done.Where(each => each.Entry is not null && each.After is not null).ToArray() is { Length: > 0 } entries => Reverse(entries[random.Next(entries.Length)]),
            < 14 => OracleRequest.Activity(key, user),
            < 26 => OracleRequest.Post(key, user, "spend_content", null, 10),
            < 32 => OracleRequest.Post(key, user, "spend_message", null, 5),
            < 38 => OracleRequest.Post(key, user, "earn_task", null, 5),
            < 46 => OracleRequest.Post(key, user, "spend_admin", random.Next(1, 30), 0),
            _ => OracleRequest.Post(key, user, "earn_purchase", random.Next(1, 30), 0),
        };

        OracleRequest Reverse(OracleRequest original) => OracleRequest.Reverse(key, original.User, original.Entry!.Value, original.Amount);
    }

    private async Task SendAsync(OracleRequest request)
    {
        await request.SendAsync(client, history);
        if (request.IsAcknowledged)
        {
            acknowledgedAtMs.Enqueue(history.Now);
        }
    }

    private string Own(int caller) => string.Create(CultureInfo.InvariantCulture, $"oracle-{seed}-{caller}");

    private string Hot(int number) => string.Create(CultureInfo.InvariantCulture, $"oracle-{seed}-hot-{number}");

    /// <summary>What a caller knows of the user whom nobody else touches: after a clear answer, exactly what a lookup must say.</summary>
    private sealed class OwnBalance
    {
        private long? known;

        public void Note(OracleRequest request, string own, bool isNew)
        {
            if (request.User == own && isNew)
            {
                known = request switch
                {
                    { IsSettled: false } => null,
                    { IsAcknowledged: true, After: { } after } => after,
                    _ => known,
                };
            }
        }

        public async Task CompareAsync(HttpClient client, History history, string own)
        {
            if (known is not { } expected)
            {
                return;
            }

            try
            {
                var answer = await client.GetFromJsonAsync<JsonElement>(new Uri($"/api/v1/coins/{own}/balance", UriKind.Relative));
                var (told, isStale) = (answer.GetProperty("balance").GetInt64(), answer.TryGetProperty("stale", out var stale) && stale.GetBoolean());
                if (told != expected && !isStale)
                {
                    await history.AddAsync(new HistoryLine
                    {
                        Event = HistoryEvent.Contradiction, Key = "read", User = own, Type = "balance", Amount = told,
                        Note = string.Create(CultureInfo.InvariantCulture, $"{expected} was acknowledged, {told} was read from {answer.GetProperty("source").GetString()}"),
                    });
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                // No answer is no wrong answer.
            }
        }
    }
}
