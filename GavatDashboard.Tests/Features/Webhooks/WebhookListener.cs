using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GavatDashboard.Tests.Features.Webhooks;

/// <summary>Somebody who is told, on a real port: it keeps what it hears and answers as it is told to.</summary>
public sealed class WebhookListener : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<Heard> heard = new();

    private WebhookListener(WebApplication app) => this.app = app;

    /// <summary>The answer to a request; the number is how many came before it.</summary>
    public Func<HttpContext, int, Task> Answer { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Everything that was heard, in order.</summary>
    public IReadOnlyList<Heard> All => [.. heard];

    /// <summary>Where it listens.</summary>
    public string Address => app.Urls.First();

    public static async Task<WebhookListener> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var listener = new WebhookListener(builder.Build());
        listener.app.Run(listener.HearAsync);
        await listener.app.StartAsync();
        return listener;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task HearAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var before = heard.Count;
        heard.Enqueue(new(context.Request.Path, context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), body.ToArray()));
        await Answer(context, before);
    }

    /// <summary>A request.</summary>
    /// <param name="Path">Its path.</param>
    /// <param name="Headers">Its headers.</param>
    /// <param name="Body">Its body.</param>
    public sealed record Heard(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body);
}
