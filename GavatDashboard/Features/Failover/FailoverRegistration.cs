using GavatDashboard.Domain.Health;
using GavatDashboard.Stores.Sqlite;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Failover;

/// <summary>Registers the failover coordinator.</summary>
public static class FailoverRegistration
{
    /// <summary>The loop, its journal in the fallback's file, and its probe.</summary>
    public static void AddFailover(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<RecoveryOptions>().BindConfiguration(RecoveryOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RecoveryOptions>, RecoveryOptions.Validator>();
        services.AddSingleton<IRecoveryJournal, SqliteRecoveryJournal>();
        services.AddSingleton<RecoveryLoop>();
        services.AddSingleton<IRecoveryStatus>(provider => provider.GetRequiredService<RecoveryLoop>());
        services.AddHostedService(provider => provider.GetRequiredService<RecoveryLoop>());
        services.AddSingleton<IComponentProbe, AutoRecoveryProbe>();
    }
}
