using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using GavatDashboard.Tests.Servers;

namespace GavatDashboard.Tests.Faults.Harness;

/// <summary>The shipped application in a process of its own, which can be killed, frozen and started again on the same data and port.</summary>
internal sealed class AppProcess(IDictionary<string, string> settings, string dataFolder) : IAsyncDisposable
{
    /// <summary>A key with every scope.</summary>
    public const string ApiKey = "faults-V8s1kQpXd0mZw93yRbNg";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private ServerProcess? process;

    /// <summary>The settings that it is started with.</summary>
    public IDictionary<string, string> Settings => settings;

    /// <summary>Where it listens.</summary>
    public Uri Address { get; } = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{LoopbackPort.Free()}"));

    /// <summary>Whether the process is gone.</summary>
    public bool HasEnded => process is null || process.HasEnded;

    /// <summary>The last lines that it wrote.</summary>
    public string Output => process?.Output ?? string.Empty;

    /// <summary>Starts it and waits until it answers requests; not until its ledger takes writes.</summary>
    /// <param name="killPoint">Where it shall kill itself, or null.</param>
    public async Task StartAsync(KillPoint? killPoint = null)
    {
        Dictionary<string, string> environment = new()
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_URLS"] = Address.ToString(),
            ["Bootstrap__ApiKey"] = ApiKey,
            ["Bootstrap__AdminPassword"] = "faults-Correct7-horse!",
            ["Data__Directory"] = dataFolder,
            ["Demo__Enabled"] = "false",
            ["Security__ApiRequestsPerSecond"] = "1000000",
            ["Serilog__MinimumLevel__Default"] = "Warning",
        };
        foreach (var (name, value) in settings.Concat(killPoint?.Environment ?? []))
        {
            environment[name] = value;
        }

        var program = Path.Combine(AppContext.BaseDirectory, "GavatDashboard.dll");
        process = await ServerProcess.StartAsync(
            ServerPrograms.OnPath("dotnet") ?? throw new InvalidOperationException("The program 'dotnet' is not on the PATH."),
            [program], AppContext.BaseDirectory, environment: environment);
        using var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
        await process.WaitUntilAnswersAsync(() => IsLiveAsync(client), StartTimeout);
    }

    /// <summary>Waits until it has killed itself.</summary>
    /// <exception cref="TimeoutException">It still runs.</exception>
    public Task WaitForEndAsync(TimeSpan atMost) => process!.WaitForEndAsync(CancellationToken.None).WaitAsync(atMost);

    /// <summary>Kills it, as a power cut does.</summary>
    public Task KillAsync() => process!.KillAsync();

    /// <summary>Ends it in order.</summary>
    public Task StopAsync() => process!.EndAsync(ServerSignal.Terminate);

    /// <summary>Freezes it.</summary>
    public void Suspend() => process!.Suspend();

    /// <summary>Thaws it.</summary>
    public void Resume() => process!.Resume();

    /// <summary>Waits until a GET answers 200.</summary>
    /// <exception cref="TimeoutException">It did not within the time.</exception>
    public async Task WaitUntilReadyAsync(TimeSpan atMost, string path = "/health/ready")
    {
        using var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
        var watch = Stopwatch.StartNew();
        while (!await AnswersAsync(client, path))
        {
            if (watch.Elapsed > atMost)
            {
                throw new TimeoutException($"{path} did not answer 200 within {atMost.TotalSeconds:0} s. The application wrote:\n{Output}");
            }

            await Task.Delay(50);
        }
    }

    /// <summary>Waits until the failover coordinator is in a state.</summary>
    /// <exception cref="TimeoutException">It was not within the time.</exception>
    public async Task WaitUntilStateAsync(string state, TimeSpan atMost)
    {
        var watch = Stopwatch.StartNew();
        while (await ReadFailoverAsync() is not { } failover || failover.GetProperty("state").GetString() != state)
        {
            if (watch.Elapsed > atMost)
            {
                throw new TimeoutException($"It was not '{state}' within {atMost.TotalSeconds:0} s, but: {await ReadFailoverAsync()}\nThe application wrote:\n{Output}");
            }

            await Task.Delay(50);
        }
    }

    /// <summary>How the failover coordinator stands; null where nobody answers.</summary>
    public async Task<JsonElement?> ReadFailoverAsync()
    {
        using var client = CreateClient();
        try
        {
            return await client.GetFromJsonAsync<JsonElement>(new Uri("/api/v1/failover", UriKind.Relative));
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return null; // it does not listen yet, or is frozen: the caller asks again until its time is up
        }
    }

    /// <summary>Asks the failover coordinator for an action.</summary>
    public async Task<HttpStatusCode> RequestAsync(string action, string key)
    {
        using var client = CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"/api/v1/failover/{action}", UriKind.Relative))
        {
            Content = JsonContent.Create(new { reason = "asked for by the oracle" }),
        };
        request.Headers.Add("Idempotency-Key", key);
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }

    /// <summary>A client that sends the key.</summary>
    public HttpClient CreateClient()
    {
        var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(15) };
        client.DefaultRequestHeaders.Add("X-Api-Key", ApiKey);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        if (!HasEnded)
        {
            await KillAsync();
        }
    }

    private static Task<bool> IsLiveAsync(HttpClient client) => AnswersAsync(client, "/health/live");

    private static async Task<bool> AnswersAsync(HttpClient client, string path)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return false; // it does not listen yet, or is frozen: the caller asks again until its time is up
        }
    }
}
