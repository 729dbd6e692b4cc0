using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Security;
using GavatDashboard.Stores.Sqlite.Console;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Webhooks;

/// <summary>What admins see of webhooks, and may do: try an endpoint, and have sent again what was given up. Both are audited.</summary>
internal sealed class WebhookService(
    IWebhookStore store, WebhookHerald herald, WebhookSignal signal, IConsoleUnitOfWork unitOfWork, IAdminGate gate, IAuditLog audit, IOptions<WebhookOptions> options, TimeProvider time)
{
    /// <summary>Those who are told.</summary>
    public IEnumerable<WebhookEndpoint> Endpoints => options.Value.Endpoints;

    /// <summary>Deliveries, the newest first.</summary>
    public Task<IReadOnlyList<WebhookDelivery>> ListAsync(Guid? incidentId, int limit, CancellationToken cancellationToken) => store.ListAsync(incidentId, limit, cancellationToken);

    /// <summary>How many wait for each endpoint.</summary>
    public Task<IReadOnlyDictionary<string, int>> CountWaitingAsync(CancellationToken cancellationToken) => store.CountWaitingAsync(cancellationToken);

    /// <summary>Sends an endpoint a test.</summary>
    /// <returns>False where there is no such endpoint.</returns>
    /// <exception cref="UnauthorizedAccessException">Whoever asks is no admin any more.</exception>
    public async Task<bool> TestAsync(string endpoint, CancellationToken cancellationToken) =>
        options.Value.Find(endpoint) is not null
        && await RunAsync("webhook.tested", endpoint, token => AddAsync(herald.NewDelivery(endpoint, WebhookEvents.Test, null), token), cancellationToken);

    /// <summary>Sends once more what was given up, as often as a new one.</summary>
    /// <returns>False where it was not given up, or its endpoint is not configured any more.</returns>
    /// <exception cref="UnauthorizedAccessException">Whoever asks is no admin any more.</exception>
    public Task<bool> RetryAsync(Guid id, CancellationToken cancellationToken) => RunAsync(
        "webhook.retried",
        id.ToString("N"),
        async token =>
        {
            if (await store.FindAsync(id, token) is not { State: DeliveryState.GivenUp } delivery || options.Value.Find(delivery.Endpoint) is null)
            {
                return false;
            }

            await store.UpdateAsync(delivery with { State = DeliveryState.Waiting, Attempts = 0, DueAt = time.GetUtcNow(), EndedAt = null }, token);
            return true;
        },
        cancellationToken);

    private async Task<bool> AddAsync(WebhookDelivery delivery, CancellationToken cancellationToken)
    {
        await store.AddAsync([delivery], cancellationToken);
        return true;
    }

    private async Task<bool> RunAsync(string action, string target, Func<CancellationToken, Task<bool>> change, CancellationToken cancellationToken)
    {
        var actor = await gate.FindActorAsync(cancellationToken) ?? throw new UnauthorizedAccessException("Only an admin whose session holds may do this.");
        var isDone = await unitOfWork.RunAsync(
            async token =>
            {
                if (!await change(token))
                {
                    return false;
                }

                await audit.AppendAsync(actor, action, $"webhook:{target}", null, null, token);
                return true;
            },
            isDone => isDone,
            cancellationToken);
        if (isDone)
        {
            signal.Raise();
        }

        return isDone;
    }
}
