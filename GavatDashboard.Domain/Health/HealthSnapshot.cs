using System.Collections.ObjectModel;
using System.Globalization;

namespace GavatDashboard.Domain.Health;

/// <summary>All components at one instant. It never changes; every viewer reads the same one.</summary>
/// <param name="TakenAt">When it was taken (UTC).</param>
/// <param name="StartedAt">When the watching began (UTC).</param>
/// <param name="Components">The components in the order in which they are shown.</param>
/// <param name="OpenIncidents">Incidents that have not ended, the newest first.</param>
public sealed record HealthSnapshot(
    DateTimeOffset TakenAt,
    DateTimeOffset StartedAt,
    IReadOnlyList<ComponentHealth> Components,
    IReadOnlyList<Incident> OpenIncidents)
{
    /// <summary>What the components come to together.</summary>
    public HealthRollup Rollup => HealthRollup.Of(Components.Select(component => (component.Id, component.Status)));

    /// <summary>A component, or null where there is none of this id.</summary>
    public ComponentHealth? Find(string componentId) => Components.FirstOrDefault(component => component.Id == componentId);

    /// <summary>The snapshot as it reads at a later instant: components whose last sample is too old by then are unknown and say so.</summary>
    /// <param name="now">The instant (UTC).</param>
    /// <param name="watchedFor">How long the watching has gone on by then, by a clock that never jumps.</param>
    public HealthSnapshot AsOf(DateTimeOffset now, TimeSpan watchedFor) =>
        Components.Any(component => component.IsTooOld(watchedFor))
            ? this with { TakenAt = now, Components = [.. Components.Select(component => component.AsOf(watchedFor))] }
            : this;
}

/// <summary>One component at one instant.</summary>
public sealed record ComponentHealth
{
    /// <summary>The detail under which a store names its product and version.</summary>
    public const string ProductDetail = "product";

    /// <summary>The detail that says what stands in for the real store, such as "SQLite file in the place of PostgreSQL".</summary>
    public const string StandInDetail = "standIn";

    /// <summary>No details.</summary>
    public static IReadOnlyDictionary<string, string> NoDetails { get; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>One of <see cref="ComponentIds"/>.</summary>
    public required string Id { get; init; }

    /// <summary>Its name for people.</summary>
    public required string DisplayName { get; init; }

    /// <summary>How it is.</summary>
    public ComponentStatus Status { get; init; }

    /// <summary>Why it is so, for a person; never empty.</summary>
    public string Reason { get; init; } = "It has not been probed yet.";

    /// <summary>The latency of the last probe, in milliseconds; null where there was none.</summary>
    public double? LatencyMs { get; init; }

    /// <summary>When the last probe ended (UTC); null before the first.</summary>
    public DateTimeOffset? CheckedAt { get; init; }

    /// <summary>How long the watching had gone on when the last probe ended, by a clock that never jumps: the age of a sample is told by it.</summary>
    public TimeSpan CheckedAfter { get; init; }

    /// <summary>When a probe last found it healthy (UTC); null where none did.</summary>
    public DateTimeOffset? LastSuccessAt { get; init; }

    /// <summary>Since when it has this status (UTC); null before the first probe.</summary>
    public DateTimeOffset? StatusSince { get; init; }

    /// <summary>Figures by name, such as pool use or a version.</summary>
    public IReadOnlyDictionary<string, string> Details { get; init; } = NoDetails;

    /// <summary>What stands in for the real store, or null where it is the real one.</summary>
    public string? StandIn => Details.GetValueOrDefault(StandInDetail);

    /// <summary>Figures over the last 15 minutes.</summary>
    public LatencyStats Latency { get; init; } = LatencyStats.None;

    /// <summary>The last samples for a sparkline, the oldest first.</summary>
    public IReadOnlyList<LatencyPoint> Sparkline { get; init; } = [];

    /// <summary>How quick it is to be, or null where it has no target.</summary>
    public LatencyTarget? Target => LatencyTarget.Of(Id);

    /// <summary>Whether the last 15 minutes were within the target; null without a target or samples.</summary>
    public bool? IsOnTarget => Target?.IsMetBy(Latency);

    /// <summary>The share of probes since the start that found it healthy or degraded, in percent with two decimals, cut, so that 100 means all; null before the first.</summary>
    public double? UptimePercent { get; init; }

    /// <summary>How often it is probed.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a probe may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether it is unknown because its last sample is too old.</summary>
    public bool IsStale { get; init; }

    /// <summary>A sample counts for three intervals and one timeout.</summary>
    public TimeSpan StaleAfter => (3 * Interval) + Timeout;

    /// <summary>Whether the last sample is too old to say anything, once the watching has gone on for so long.</summary>
    public bool IsTooOld(TimeSpan watchedFor) => !IsStale && CheckedAt is not null && watchedFor - CheckedAfter > StaleAfter;

    /// <summary>The component as it reads once the watching has gone on for so long: unknown, with the reason, where its last sample is too old by then.</summary>
    public ComponentHealth AsOf(TimeSpan watchedFor) => !IsTooOld(watchedFor) ? this : this with
    {
        Status = ComponentStatus.Unknown,
        IsStale = true,
        StatusSince = CheckedAt + StaleAfter,
        Reason = string.Create(
            CultureInfo.InvariantCulture,
            $"No sample for {(watchedFor - CheckedAfter).TotalSeconds:0} s; it is probed every {Interval.TotalSeconds:0.#} s. It was {Status.ToContract()}: {Reason}"),
    };
}
