namespace GavatDashboard.Features.Analysis;

/// <summary>Users who wait to be analysed, each at most once. Bounded: what finds no room comes with the user's next entry.</summary>
internal sealed class AnalysisQueue(int capacity)
{
    private readonly Lock _gate = new();
    private readonly Queue<string> _order = new();
    private readonly HashSet<string> _waiting = new(StringComparer.Ordinal);

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _order.Count;
            }
        }
    }

    /// <summary>Adds a user.</summary>
    /// <returns>False where there was no room.</returns>
    public bool TryAdd(string userId)
    {
        lock (_gate)
        {
            if (_waiting.Contains(userId))
            {
                return true;
            }

            if (_order.Count >= capacity)
            {
                return false;
            }

            _order.Enqueue(userId);
            return _waiting.Add(userId);
        }
    }

    /// <summary>Takes those who have waited longest.</summary>
    public IReadOnlyList<string> Take(int most)
    {
        var taken = new List<string>(most);
        lock (_gate)
        {
            while (taken.Count < most && _order.TryDequeue(out var userId))
            {
                _waiting.Remove(userId);
                taken.Add(userId);
            }
        }

        return taken;
    }
}
