using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Coins;
using GavatDashboard.Stores.Sqlite;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Failover;

/// <summary>Registers the failover coordinator.</summary>
public static class FailoverRegistration
{
    /// <summary>The coordinator, the gate before the writers, its state in the fallback's file, and its probe.</summary>
    public static void AddFailover(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<FailoverOptions>().BindConfiguration(FailoverOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<FailoverOptions>, FailoverOptions.Validator>();
        services.AddSingleton<IFailoverStore>(provider => provider.GetRequiredService<SqliteFailoverStore>());
        services.AddSingleton<WriteGate>();
        services.AddSingleton<WriteBrake>();
        services.AddSingleton<BatchWriter>();
        services.AddSingleton<FallbackBatchWriter>();
        services.AddSingleton<RoutedBatchWriter>();
        services.AddSingleton<IBatchWriter>(provider => provider.GetRequiredService<RoutedBatchWriter>());
        services.AddSingleton<PrimaryRecovery>();
        services.AddSingleton<FailoverCoordinator>();
        services.AddHostedService(provider => provider.GetRequiredService<FailoverCoordinator>());
        services.AddSingleton<FailoverDrill>();
        services.AddHostedService(provider => provider.GetRequiredService<FailoverDrill>());
        services.AddSingleton<IFailoverControl, FailoverControl>();
        services.AddSingleton<IComponentProbe, AutoRecoveryProbe>();
    }
}
