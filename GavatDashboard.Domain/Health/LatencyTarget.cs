namespace GavatDashboard.Domain.Health;

/// <summary>How quick a component was in the system this one follows, and so how quick it is to be.</summary>
/// <param name="ComponentId">One of <see cref="ComponentIds"/>.</param>
/// <param name="What">What is measured, for a person.</param>
/// <param name="MaxMs">The mean latency stays below this, in milliseconds.</param>
public sealed record LatencyTarget(string ComponentId, string What, double MaxMs)
{
    /// <summary>The share of cache lookups that are answered by the cache is to be above this, in percent.</summary>
    public const double CacheHitRatePercent = 95;

    private static readonly LatencyTarget[] Targets =
    [
        new(ComponentIds.PostgreSql, "heartbeat row written and read", 5),
        new(ComponentIds.Redis, "cache hit", 1),
        new(ComponentIds.MongoDb, "aggregation", 10),
        new(ComponentIds.Sqlite, "heartbeat row written and read", 3),
    ];

    /// <summary>The target of a component, or null where it has none.</summary>
    public static LatencyTarget? Of(string componentId) => Array.Find(Targets, target => target.ComponentId == componentId);

    /// <summary>Whether measured figures stay within the target; null where nothing was measured.</summary>
    public bool? IsMetBy(LatencyStats stats) => stats.MeanMs is { } meanMs ? meanMs < MaxMs : null;
}
