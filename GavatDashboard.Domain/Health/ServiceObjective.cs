namespace GavatDashboard.Domain.Health;

/// <summary>Whether an objective is kept.</summary>
public enum ObjectiveVerdict
{
    /// <summary>Nothing was measured that could say so.</summary>
    NoData,

    /// <summary>What was measured is within the target.</summary>
    Met,

    /// <summary>What was measured is not.</summary>
    NotMet,
}

/// <summary>How much the ledger was asked for and did.</summary>
/// <param name="NowPerSecond">Operations a second, the mean of the last 10 seconds.</param>
/// <param name="PeakPerSecond">The best such mean since the start: what was done, not what could be.</param>
/// <param name="PeakAt">When that was (UTC), or null before the first operation.</param>
/// <param name="ShortPerSecond">The best mean at which callers had to queue although the target was not reached, or null where that never was.</param>
public sealed record LedgerThroughput(double NowPerSecond, double PeakPerSecond, DateTimeOffset? PeakAt, double? ShortPerSecond);

/// <summary>One promise of how quick the system is, with what was measured beside it.</summary>
/// <param name="Id">A component's id, <see cref="HitRateId"/> or <see cref="ThroughputId"/>.</param>
/// <param name="Target">The bound, in the objective's unit.</param>
/// <param name="Verdict">Whether it is kept.</param>
public sealed record ServiceObjective(string Id, double Target, ObjectiveVerdict Verdict)
{
    /// <summary>The share of lookups that the cache answers.</summary>
    public const string HitRateId = "hit-rate";

    /// <summary>Operations a second.</summary>
    public const string ThroughputId = "throughput";

    /// <summary>Operations a second that the ledger is to do.</summary>
    public const double ThroughputPerSecond = 1_000;

    /// <summary>The latencies of the last 15 minutes, where the objective is about one.</summary>
    public LatencyStats? Latency { get; init; }

    /// <summary>The component where its state decides, whatever was measured before: it is down, or nobody knows how it is.</summary>
    public ComponentHealth? Outage { get; init; }

    /// <summary>Lookups answered by the cache, in percent, where the objective is about them and there were any.</summary>
    public double? HitRatePercent { get; init; }

    /// <summary>What the ledger did, where the objective is about it.</summary>
    public LedgerThroughput? Throughput { get; init; }

    /// <summary>Every objective, in the order in which they are shown.</summary>
    /// <param name="health">The components.</param>
    /// <param name="hitRatePercent">Lookups answered by the cache of all in the last minutes, or null where there were none.</param>
    /// <param name="throughput">What the ledger did.</param>
    public static IReadOnlyList<ServiceObjective> ListOf(HealthSnapshot health, double? hitRatePercent, LedgerThroughput throughput) =>
    [
        .. health.Components.Where(component => component.Target is not null).Select(OfLatency),
        new(HitRateId, LatencyTarget.CacheHitRatePercent, VerdictOf(hitRatePercent is { } rate ? rate > LatencyTarget.CacheHitRatePercent : null)) { HitRatePercent = hitRatePercent },
        new(ThroughputId, ThroughputPerSecond, VerdictOf(throughput)) { Throughput = throughput },
    ];

    private static ServiceObjective OfLatency(ComponentHealth component) =>
        new(component.Id, component.Target!.MaxMs, component.Status switch
        {
            // What was measured before an outage does not say that the promise is kept during it.
            ComponentStatus.Unhealthy => ObjectiveVerdict.NotMet,
            ComponentStatus.Unknown => ObjectiveVerdict.NoData,
            _ => VerdictOf(component.IsOnTarget),
        })
        {
            Latency = component.Latency,
            Outage = component.Status is ComponentStatus.Unhealthy or ComponentStatus.Unknown ? component : null,
        };

    /// <summary>A ledger that nobody asks for as much says nothing; one that had callers queue below the target says that it cannot.</summary>
    private static ObjectiveVerdict VerdictOf(LedgerThroughput throughput) =>
        throughput.PeakPerSecond >= ThroughputPerSecond ? ObjectiveVerdict.Met
        : throughput.ShortPerSecond is not null ? ObjectiveVerdict.NotMet
        : ObjectiveVerdict.NoData;

    private static ObjectiveVerdict VerdictOf(bool? isMet) => isMet switch
    {
        true => ObjectiveVerdict.Met,
        false => ObjectiveVerdict.NotMet,
        null => ObjectiveVerdict.NoData,
    };
}
