using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Instances;
using GavatDashboard.Stores.Embedded;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Stores.Redis;

/// <summary>Registers the cache.</summary>
public static class RedisRegistration
{
    /// <summary>The cache in the Redis that the connection string names, or in the embedded server where there is none.</summary>
    public static void AddRedis(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<RedisOptions>().BindConfiguration(RedisOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RedisOptions>, RedisOptionsValidation>();
        if (builder.Configuration.GetConnectionString("Redis") is { } address && !string.IsNullOrWhiteSpace(address))
        {
            services.AddSingleton<IRedisServer>(new ConfiguredRedis(address));
        }
        else
        {
            services.AddSingleton<IRedisServer, EmbeddedRedis>();
        }

        services.AddSingleton<RedisConnection>();
        services.AddSingleton<CacheTrust>();
        services.AddSingleton<CacheCounters>();
        services.AddSingleton<ICacheStatistics>(provider => provider.GetRequiredService<CacheCounters>());
        services.AddSingleton<IBalanceCache, RedisBalanceCache>();
        services.AddSingleton<IProfileCache, RedisProfileCache>();
        services.AddSingleton<RedisLeaderboards>();
        services.AddSingleton<ILeaderboardStore>(provider => provider.GetRequiredService<RedisLeaderboards>());
        services.AddSingleton<ILeaderboardCache>(provider => provider.GetRequiredService<RedisLeaderboards>());
        services.AddSingleton<ICacheInspection>(provider => new RedisInspection(
            provider.GetRequiredService<RedisConnection>(), () => provider.GetRequiredService<CacheTrust>().State));
        services.AddSingleton<IStoreHeartbeat, RedisHeartbeat>();
        services.AddHealthChecks().AddRedis(
            // Waits only while the first connection is being made; the check itself runs on the pool.
            provider => provider.GetRequiredService<RedisConnection>().OpenAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult().Multiplexer,
            name: ConnectionChecks.NameOf(ComponentIds.Redis),
            tags: ConnectionChecks.TagsOf(ComponentIds.Redis));
        services.AddOwnerService<CacheGuard>();
    }
}
