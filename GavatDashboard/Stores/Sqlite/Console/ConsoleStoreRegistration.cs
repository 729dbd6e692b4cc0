using GavatDashboard.Features.Accounts;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Security;
using GavatDashboard.Features.Webhooks;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GavatDashboard.Stores.Sqlite.Console;

/// <summary>Registers the console store. Called by each feature that needs it; only the first call counts.</summary>
internal static class ConsoleStoreRegistration
{
    public static IServiceCollection AddConsoleStore(this IServiceCollection services, IConfiguration configuration)
    {
        if (services.Any(service => service.ServiceType == typeof(ConsoleDatabase)))
        {
            return services;
        }

        services.AddOptions<DataOptions>().Bind(configuration.GetSection(DataOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ConsoleDatabase>();
        services.AddSingleton<IConsoleUnitOfWork>(provider => provider.GetRequiredService<ConsoleDatabase>());
        services.AddSingleton<IAuditLog, SqliteAuditLog>();
        services.AddSingleton<IApiKeyStore, SqliteApiKeyStore>();
        services.AddSingleton<IConsoleSessions, SqliteSessionStore>();
        services.AddSingleton<SqliteUserStore>();
        services.AddSingleton<IConsoleAccounts>(provider => provider.GetRequiredService<SqliteUserStore>());
        services.AddSingleton<SqliteKeyRing>();
        services.AddSingleton<IHealthArchive, SqliteHealthArchive>();
        services.AddSingleton<IIncidentArchive, SqliteIncidentArchive>();
        services.AddSingleton<IWebhookStore, SqliteWebhookStore>();
        return services;
    }
}
