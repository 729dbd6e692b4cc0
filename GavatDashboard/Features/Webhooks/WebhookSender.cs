using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Webhooks;

/// <summary>Sends what waits, to each endpoint one at a time, so that a slow one holds up no other.</summary>
internal sealed partial class WebhookSender(IWebhookStore store, WebhookClient client, WebhookSignal signal, IOptions<WebhookOptions> options, TimeProvider time, ILogger<WebhookSender> logger)
    : BackgroundService
{
    private static readonly TimeSpan Keep = TimeSpan.FromDays(90);
    private static readonly TimeSpan TrimInterval = TimeSpan.FromHours(24);
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(5);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        try
        {
            await Task.WhenAll([TidyAsync(stoppingToken), .. options.Value.Endpoints.Select(endpoint => ServeAsync(endpoint, stoppingToken))]);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What waits is kept, and sent after the next start.
        }
    }

    private async Task ServeAsync(WebhookEndpoint endpoint, CancellationToken stopping)
    {
        while (true)
        {
            // Taken before the queue is read: what comes in between ends it.
            var news = signal.Next;
            try
            {
                var next = await store.FindNextAsync(endpoint.DisplayName, stopping);
                var pause = next is null ? Timeout.InfiniteTimeSpan : next.DueAt - time.GetUtcNow();
                if (next is null || pause > TimeSpan.Zero)
                {
                    await WaitAsync(news, pause, stopping);
                    continue;
                }

                await SendAsync(endpoint, next, stopping);
            }
            catch (Exception fault) when (!stopping.IsCancellationRequested)
            {
                // The queue's file does not answer, or this is a bug; neither may end the telling for good.
                LogFault(fault, endpoint.DisplayName);
                await Task.Delay(AfterFault, time, stopping);
            }
        }
    }

    private async Task SendAsync(WebhookEndpoint endpoint, WebhookDelivery delivery, CancellationToken stopping)
    {
        var after = delivery.After(await client.SendAsync(endpoint, delivery, stopping), time.GetUtcNow(), options.Value);

        // Once it was taken that is written down also while the application stops: else it is told again.
        await store.UpdateAsync(after, CancellationToken.None);
        signal.Tell();
        switch (after.State)
        {
            case DeliveryState.Delivered:
                LogDelivered(after.Id, after.Event, after.Endpoint, after.Attempts);
                break;
            case DeliveryState.GivenUp:
                LogGivenUp(after.Id, after.Event, after.Endpoint, after.Attempts, after.Problem);
                break;
            default:
                LogNotTaken(after.Id, after.Event, after.Endpoint, after.Attempts, after.DueAt, after.Problem);
                break;
        }
    }

    private async Task TidyAsync(CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                var now = time.GetUtcNow();
                await store.GiveUpOthersAsync([.. options.Value.Endpoints.Select(endpoint => endpoint.DisplayName)], "The endpoint is not configured any more.", now, stopping);
                await store.TrimAsync(now - Keep, stopping);
            }
            catch (Exception fault) when (!stopping.IsCancellationRequested)
            {
                LogNotTidied(fault);
            }

            await Task.Delay(TrimInterval, time, stopping);
        }
    }

    private async Task WaitAsync(Task news, TimeSpan pause, CancellationToken stopping)
    {
        await news.WaitAsync(pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.ThrowIfCancellationRequested();
    }

    [LoggerMessage(3101, LogLevel.Information, "Webhook {Delivery} ({Event}) was taken by {Endpoint} at attempt {Attempt}")]
    private partial void LogDelivered(Guid delivery, string @event, string endpoint, int attempt);

    [LoggerMessage(3102, LogLevel.Warning, "Webhook {Delivery} ({Event}) was not taken by {Endpoint} at attempt {Attempt}, the next is due at {DueAt}: {Problem}")]
    private partial void LogNotTaken(Guid delivery, string @event, string endpoint, int attempt, DateTimeOffset dueAt, string? problem);

    [LoggerMessage(3103, LogLevel.Error, "Webhook {Delivery} ({Event}) was given up after {Attempt} attempts, {Endpoint} never took it: {Problem}")]
    private partial void LogGivenUp(Guid delivery, string @event, string endpoint, int attempt, string? problem);

    [LoggerMessage(3104, LogLevel.Error, "The webhooks of {Endpoint} cannot be read or kept now; it is tried again")]
    private partial void LogFault(Exception fault, string endpoint);

    [LoggerMessage(3105, LogLevel.Warning, "Old webhooks could not be dropped; it is tried again")]
    private partial void LogNotTidied(Exception fault);
}
