using GavatDashboard.Domain.Health;

namespace GavatDashboard.Features.Health;

/// <summary>The health of all components, as every viewer sees it.</summary>
public interface IHealthFeed
{
    /// <summary>The newest snapshot. Before the first sample all components are unknown; samples that are too old by now read unknown.</summary>
    HealthSnapshot Current { get; }

    /// <summary>Hears of every new snapshot, on the monitor's thread: return at once, and use <see cref="ThrottledFeed"/> to render.</summary>
    /// <param name="onSnapshot">Called with each new snapshot, but not with the current one.</param>
    /// <returns>Ends the subscription; no call begins after that.</returns>
    IDisposable Subscribe(Action<HealthSnapshot> onSnapshot);
}

/// <summary>Where those who find something wrong that no probe sees have an incident opened and closed.</summary>
public interface IIncidentDesk
{
    /// <summary>Says how a subject is: an incident opens with the first report that is not healthy, and ends with the next that is.</summary>
    /// <param name="subject">One of the <see cref="IncidentSubjects"/>.</param>
    /// <param name="status">How it is.</param>
    /// <param name="reason">Why, for a person.</param>
    void Report(string subject, ComponentStatus status, string reason);
}

/// <summary>What was measured and what happened, as far as memory reaches.</summary>
public interface IHealthHistory
{
    /// <summary>The latencies of a component up to now; an unknown component has none.</summary>
    LatencyWindow ReadLatency(string componentId, LatencyRange range);

    /// <summary>Incidents, the newest first.</summary>
    /// <param name="componentId">Of one component, or null for all.</param>
    /// <param name="limit">1 to 1,000.</param>
    IReadOnlyList<Incident> ListIncidents(string? componentId, int limit);
}
