using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Instances;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Webhooks;

/// <summary>Makes a delivery of each piece of news for each endpoint.</summary>
internal sealed class WebhookHerald(IWebhookStore store, WebhookSignal signal, InstanceDirectory instances, InstanceAddress address, IOptions<WebhookOptions> options, TimeProvider time)
    : IIncidentHerald
{
    public Task KeepAsync(Incident incident, IReadOnlyList<IncidentNews> news, IncidentAcknowledgement? acknowledgement, CancellationToken cancellationToken)
    {
        if (options.Value.Endpoints.Count == 0 || incident.Severity < options.Value.MinimumSeverity || news.Count == 0)
        {
            return Task.CompletedTask;
        }

        var told = WebhookIncident.Of(incident, acknowledgement, address.FindNow(), time.GetUtcNow());
        return store.AddAsync(
            [.. from one in news from endpoint in options.Value.Endpoints select NewDelivery(endpoint.DisplayName, WebhookEvents.NameOf(one), told)], cancellationToken);
    }

    public void Begin() => signal.Raise();

    /// <summary>A delivery that is due at once.</summary>
    /// <param name="endpoint">Who is told.</param>
    /// <param name="name">One of the <see cref="WebhookEvents"/>.</param>
    /// <param name="incident">The incident, or null for a test.</param>
    internal WebhookDelivery NewDelivery(string endpoint, string name, WebhookIncident? incident)
    {
        var now = time.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        return new()
        {
            Id = id, Endpoint = endpoint, Event = name, IncidentId = incident?.Id, CreatedAt = now, DueAt = now,
            Body = new WebhookMessage(id, name, now, instances.Self, incident).ToJson(),
        };
    }
}
