namespace GavatDashboard.Features.Health;

/// <summary>A store's sign of life: an operation that writes and reads what is its own. Each store implements it in its folder.</summary>
public interface IStoreHeartbeat
{
    /// <summary>Which component it shows, one of <see cref="Domain.Health.ComponentIds"/>.</summary>
    string ComponentId { get; }

    /// <summary>Writes and reads. It throws where the store does not do its work, and what was read back differs is such a case.</summary>
    /// <param name="cancellationToken">Ends it at the probe's timeout.</param>
    Task<HeartbeatReading> BeatAsync(CancellationToken cancellationToken);
}

/// <summary>What a heartbeat found.</summary>
public sealed record HeartbeatReading
{
    /// <summary>The product and version, such as "PostgreSQL 15.8".</summary>
    public required string Product { get; init; }

    /// <summary>What stands in for the real store, for a person, such as "SQLite file in the place of PostgreSQL" or "development server"; null where it is the real one.</summary>
    public string? StandIn { get; init; }

    /// <summary>Whether it stands in for the real store, or is a development server.</summary>
    public bool IsStandIn => StandIn is not null;

    /// <summary>What limits it although it works, for a person, such as "the mirror is 1,204 entries behind"; null where nothing does. It makes the component degraded.</summary>
    public string? Limitation { get; init; }

    /// <summary>The latency to hold against the component's target, in milliseconds; null for the whole heartbeat.</summary>
    public double? LatencyMs { get; init; }

    /// <summary>Figures by name, such as <c>version</c>, <c>poolBusy</c>, <c>poolIdle</c>, <c>memoryBytes</c>, <c>mirrorLagEntries</c>, <c>hitRatePercent</c>.</summary>
    public IReadOnlyDictionary<string, string> Details { get; init; } = new Dictionary<string, string>();
}
