using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health.Probes;
using GavatDashboard.Stores;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Health;

/// <summary>Registers the watch over the components.</summary>
public static class HealthRegistration
{
    /// <summary>The tag of the seven components among the ASP.NET Core health checks.</summary>
    public const string ComponentTag = "component";

    /// <summary>The monitor, its probes, and the ASP.NET Core health checks.</summary>
    public static void AddHealth(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<HealthOptions>().BindConfiguration(HealthOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<HealthOptions>, HealthOptions.Validator>();
        services.AddMetrics();
        services.AddSingleton<HealthMetrics>();
        services.AddSingleton<ConnectionChecks>();
        builder.AddLedgerHealth();
        AddStoreProbe(services, ComponentIds.PostgreSql, "A heartbeat row was written and read");
        AddStoreProbe(services, ComponentIds.Redis, "A heartbeat key was set, read and deleted");
        AddStoreProbe(services, ComponentIds.MongoDb, "A heartbeat document was written and read");
        AddStoreProbe(services, ComponentIds.Sqlite, "A heartbeat row was written and read, the schema is complete");
        services.AddSingleton<IComponentProbe, CoinServiceProbe>();
        services.AddSingleton<HealthMonitor>();
        services.AddSingleton<IHealthFeed>(provider => provider.GetRequiredService<HealthMonitor>());
        services.AddSingleton<IIncidentDesk>(provider => provider.GetRequiredService<HealthMonitor>());
        services.AddSingleton<IHealthHistory>(provider => provider.GetRequiredService<HealthMonitor>());

        // The recorder first: it gives the monitor back what it knew.
        services.AddSingleton<HealthRecorder>();
        services.AddSingleton<HealthRecords>();
        services.AddHostedService(provider => provider.GetRequiredService<HealthRecorder>());
        services.AddHostedService(provider => provider.GetRequiredService<HealthMonitor>());
        AddComponentChecks(services.AddHealthChecks());
    }

    private static void AddStoreProbe(IServiceCollection services, string componentId, string what) =>
        services.AddSingleton<IComponentProbe>(provider => ActivatorUtilities.CreateInstance<StoreProbe>(provider, componentId, what));

    private static void AddComponentChecks(IHealthChecksBuilder checks)
    {
        foreach (var id in ComponentIds.All)
        {
            checks.Add(new HealthCheckRegistration(
                id, provider => new ComponentCheck(id, provider.GetRequiredService<IHealthFeed>()), HealthStatus.Unhealthy, [ComponentTag]));
        }
    }

    /// <summary>A component's last sample for whatever speaks ASP.NET Core health checks. It asks no store: the monitor has done so.</summary>
    private sealed class ComponentCheck(string componentId, IHealthFeed feed) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            var component = feed.Current.Find(componentId)!;
            return Task.FromResult(component.Status switch
            {
                ComponentStatus.Healthy => HealthCheckResult.Healthy(component.Reason),
                ComponentStatus.Unhealthy => HealthCheckResult.Unhealthy(component.Reason),
                _ => HealthCheckResult.Degraded(component.Reason),
            });
        }
    }
}
