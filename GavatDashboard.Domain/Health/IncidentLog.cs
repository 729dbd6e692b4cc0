namespace GavatDashboard.Domain.Health;

/// <summary>Opens, continues and closes incidents as samples come. Bounded: of the incidents that ended, the newest are kept. May be used from several threads.</summary>
/// <param name="maxEnded">The most ended incidents kept, at least 1.</param>
public sealed class IncidentLog(int maxEnded = 1_000)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Incident> _open = new(StringComparer.Ordinal);
    private readonly LinkedList<Incident> _ended = [];

    /// <summary>Takes a sample in.</summary>
    /// <param name="componentId">One of <see cref="ComponentIds"/>.</param>
    /// <param name="at">When it was taken (UTC).</param>
    /// <param name="status">How the component was.</param>
    /// <param name="reason">Why, for a person.</param>
    /// <param name="isStarting">Whether it just starts: what is not ready yet, and does not fail, is no incident then. One that goes on from before goes on.</param>
    /// <returns>The incident that was opened, changed or closed by it; null where nothing changed.</returns>
    public Incident? Observe(string componentId, DateTimeOffset at, ComponentStatus status, string reason, bool isStarting = false)
    {
        var change = new IncidentChange(at, status, reason);
        lock (_gate)
        {
            if (!_open.TryGetValue(componentId, out var before))
            {
                return status == ComponentStatus.Healthy || (isStarting && status != ComponentStatus.Unhealthy) ? null : _open[componentId] = Incident.Open(Guid.CreateVersion7(at), componentId, change);
            }

            var after = before.Next(change);
            if (ReferenceEquals(before, after))
            {
                return null;
            }

            if (after.IsOpen)
            {
                return _open[componentId] = after;
            }

            _open.Remove(componentId);
            _ended.AddFirst(after);
            if (_ended.Count > maxEnded)
            {
                _ended.RemoveLast();
            }

            return after;
        }
    }

    /// <summary>Takes in what was known before a restart. What goes on goes on; of one subject only the newest can.</summary>
    /// <param name="incidents">Incidents, in any order.</param>
    public void Restore(IReadOnlyCollection<Incident> incidents)
    {
        ArgumentNullException.ThrowIfNull(incidents);
        lock (_gate)
        {
            foreach (var incident in incidents.OrderBy(incident => incident.StartedAt))
            {
                if (incident.IsOpen)
                {
                    _open[incident.ComponentId] = incident;
                }
                else if (_ended.Count < maxEnded)
                {
                    _ended.AddFirst(incident);
                }
            }
        }
    }

    /// <summary>Incidents that go on, the newest first.</summary>
    public IReadOnlyList<Incident> ListOpen()
    {
        lock (_gate)
        {
            return [.. _open.Values.OrderByDescending(incident => incident.StartedAt)];
        }
    }

    /// <summary>Incidents, the newest first.</summary>
    /// <param name="componentId">Of one component, or null for all.</param>
    /// <param name="limit">The most to return, 1 to 1,000.</param>
    public IReadOnlyList<Incident> List(string? componentId, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 1_000);
        lock (_gate)
        {
            return
            [
                .. _open.Values.Concat(_ended)
                    .Where(incident => componentId is null || incident.ComponentId == componentId)
                    .OrderByDescending(incident => incident.StartedAt)
                    .Take(limit),
            ];
        }
    }
}
