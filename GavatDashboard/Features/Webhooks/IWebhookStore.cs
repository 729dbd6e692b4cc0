namespace GavatDashboard.Features.Webhooks;

/// <summary>Where deliveries are kept until they are taken, and for some time after, so that a restart loses none.</summary>
public interface IWebhookStore
{
    /// <summary>Keeps new deliveries; inside a unit of work they are kept with it or not at all.</summary>
    Task AddAsync(IReadOnlyList<WebhookDelivery> deliveries, CancellationToken cancellationToken);

    /// <summary>What an endpoint is to be sent next, or null. Of one incident only the oldest is: nobody hears of an end before the beginning.</summary>
    Task<WebhookDelivery?> FindNextAsync(string endpoint, CancellationToken cancellationToken);

    /// <summary>Keeps what became of a delivery.</summary>
    Task UpdateAsync(WebhookDelivery delivery, CancellationToken cancellationToken);

    /// <summary>A delivery, or null.</summary>
    Task<WebhookDelivery?> FindAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Deliveries, the newest first.</summary>
    /// <param name="incidentId">Of one incident, or null for all.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<WebhookDelivery>> ListAsync(Guid? incidentId, int limit, CancellationToken cancellationToken);

    /// <summary>How many wait for each endpoint.</summary>
    Task<IReadOnlyDictionary<string, int>> CountWaitingAsync(CancellationToken cancellationToken);

    /// <summary>Gives up what waits for endpoints that are none of these.</summary>
    Task GiveUpOthersAsync(IReadOnlyCollection<string> endpoints, string problem, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Drops what ended before an instant.</summary>
    Task TrimAsync(DateTimeOffset before, CancellationToken cancellationToken);
}
