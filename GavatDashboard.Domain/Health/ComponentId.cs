namespace GavatDashboard.Domain.Health;

/// <summary>The seven components, by the ids of the health contract.</summary>
public static class ComponentIds
{
    /// <summary>The primary ledger.</summary>
    public const string PostgreSql = "postgresql";

    /// <summary>The cache.</summary>
    public const string Redis = "redis";

    /// <summary>Analytics and documents.</summary>
    public const string MongoDb = "mongodb";

    /// <summary>The emergency fallback ledger.</summary>
    public const string Sqlite = "sqlite";

    /// <summary>Coin operations.</summary>
    public const string CoinService = "coin-service";

    /// <summary>User analysis.</summary>
    public const string Analyzer = "analyzer";

    /// <summary>The failover coordinator.</summary>
    public const string AutoRecovery = "auto-recovery";

    /// <summary>All seven, in the order in which they are shown.</summary>
    public static IReadOnlyList<string> All { get; } = [PostgreSql, Redis, MongoDb, Sqlite, CoinService, Analyzer, AutoRecovery];

    /// <summary>A component's name for people; the id itself where it is none of the seven.</summary>
    public static string NameOf(string componentId) => componentId switch
    {
        PostgreSql => "PostgreSQL",
        Redis => "Redis",
        MongoDb => "MongoDB",
        Sqlite => "SQLite",
        CoinService => "Coin service",
        Analyzer => "Analyzer",
        AutoRecovery => "Auto-recovery",
        _ => componentId,
    };
}

/// <summary>How a component is.</summary>
public enum ComponentStatus
{
    /// <summary>Not probed yet, or the last sample is too old.</summary>
    Unknown,

    /// <summary>It does its work.</summary>
    Healthy,

    /// <summary>It does its work with a limitation that the reason names.</summary>
    Degraded,

    /// <summary>It does not do its work.</summary>
    Unhealthy,
}

/// <summary>One probe of one component.</summary>
/// <param name="ComponentId">One of <see cref="ComponentIds"/>.</param>
/// <param name="Status">How it is.</param>
/// <param name="LatencyMs">How long the probe took, in milliseconds; null where it never began.</param>
/// <param name="CheckedAt">When the probe ended (UTC).</param>
/// <param name="Reason">Why it is so, for a person; also when it is well.</param>
/// <param name="Details">Figures by name, such as pool use or a version.</param>
public sealed record ProbeResult(
    string ComponentId,
    ComponentStatus Status,
    double? LatencyMs,
    DateTimeOffset CheckedAt,
    string Reason,
    IReadOnlyDictionary<string, string> Details);

/// <summary>A real operation that shows whether a component does its work.</summary>
public interface IComponentProbe
{
    /// <summary>Which component, one of <see cref="ComponentIds"/>.</summary>
    string ComponentId { get; }

    /// <summary>Its name for people, such as "PostgreSQL", and what stands in for it in embedded mode.</summary>
    string DisplayName { get; }

    /// <summary>Does the operation. It may throw: the monitor times it, bounds it and turns what is thrown into an unhealthy sample.</summary>
    /// <param name="cancellationToken">Ends the probe at its timeout.</param>
    Task<ProbeAnswer> ProbeAsync(CancellationToken cancellationToken);
}

/// <summary>What a probe found; the monitor adds the time.</summary>
/// <param name="Status">How the component is.</param>
/// <param name="Reason">Why it is so, for a person.</param>
/// <param name="Details">Figures by name.</param>
/// <param name="LatencyMs">The part of the probe that is the component's own latency, in milliseconds; null for the whole probe.</param>
public sealed record ProbeAnswer(
    ComponentStatus Status, string Reason, IReadOnlyDictionary<string, string>? Details = null, double? LatencyMs = null);
