using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Sqlite;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace GavatDashboard.Stores;

/// <summary>Registers the signs of life of the ledger's stores.</summary>
internal static class LedgerHealthRegistration
{
    /// <summary>The heartbeats of the primary and the fallback, and the check of the connection to PostgreSQL where there is one.</summary>
    public static void AddLedgerHealth(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<IStoreHeartbeat, FallbackHeartbeat>();
        if (string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString("PostgreSql")))
        {
            services.AddSingleton<IStoreHeartbeat, PrimaryStandInHeartbeat>();
            return;
        }

        services.AddSingleton<IStoreHeartbeat, PostgresHeartbeat>();
        services.AddHealthChecks().AddNpgSql(
            provider => provider.GetRequiredService<NpgsqlDataSource>(),
            name: ConnectionChecks.NameOf(ComponentIds.PostgreSql),
            failureStatus: HealthStatus.Unhealthy,
            tags: ConnectionChecks.TagsOf(ComponentIds.PostgreSql));
    }
}
