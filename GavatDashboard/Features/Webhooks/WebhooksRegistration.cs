using GavatDashboard.Features.Health;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Webhooks;

/// <summary>Registers what tells those outside of incidents.</summary>
internal static class WebhooksRegistration
{
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>The endpoints, the queue's other end, and the page.</summary>
    public static void AddWebhooks(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<WebhookOptions>().BindConfiguration(WebhookOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<WebhookOptions>, WebhookOptions.Validator>();
        services.AddSingleton<WebhookSignal>();
        services.AddSingleton<WebhookHerald>();
        services.AddSingleton<IIncidentHerald>(provider => provider.GetRequiredService<WebhookHerald>());
        services.AddSingleton<WebhookClient>();
        services.AddHostedService<WebhookSender>();
        services.AddScoped<WebhookService>();

        // The factory's own loggers write addresses, and an address may hold a secret.
        services.AddHttpClient(WebhookClient.ClientName)
            .RemoveAllLoggers()
            .ConfigureHttpClient(client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = ConnectionLifetime });
    }
}
