using Microsoft.Extensions.Diagnostics.HealthChecks;
using MongoDB.Bson;
using MongoDB.Driver;

namespace GavatDashboard.Stores.Mongo;

/// <summary>
/// Pings a MongoDB database. It has the shape of the health checks of the AspNetCore.HealthChecks family, so that theirs can
/// take its place.
/// </summary>
public sealed class MongoDbHealthCheck(IMongoDatabase database) : IHealthCheck
{
    private static readonly BsonDocument Ping = new("ping", 1);

    /// <inheritdoc />
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await database.RunCommandAsync<BsonDocument>(Ping, cancellationToken: cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception failure) when (failure is MongoException or TimeoutException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "MongoDB does not answer a ping.", failure);
        }
    }
}

/// <summary>Registers <see cref="MongoDbHealthCheck"/>.</summary>
public static class MongoDbHealthCheckRegistration
{
    /// <summary>Adds a check that pings a database.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="databaseFactory">Finds the database, on the shared client; null for the registered one.</param>
    /// <param name="name">The check's name; null for <c>mongodb</c>.</param>
    /// <param name="failureStatus">The status of a failed ping; null for unhealthy.</param>
    /// <param name="tags">Tags to select checks by.</param>
    /// <param name="timeout">When the check is given up; null for no bound of its own.</param>
    public static IHealthChecksBuilder AddMongoDb(
        this IHealthChecksBuilder builder,
        Func<IServiceProvider, IMongoDatabase>? databaseFactory = null,
        string? name = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null)
    {
        return builder.Add(new HealthCheckRegistration(
            name ?? "mongodb",
            provider => new MongoDbHealthCheck(databaseFactory?.Invoke(provider) ?? provider.GetRequiredService<IMongoDatabase>()),
            failureStatus,
            tags,
            timeout));
    }
}
