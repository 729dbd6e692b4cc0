using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Mirror;

/// <summary>Batches that were committed while the fallback was behind, held until the copy of the primary is done. They are bounded: beyond that the copy is begun again.</summary>
internal sealed class MissedBatches
{
    private const int AtMost = 20_000;

    /// <summary>Batches a transaction.</summary>
    private const int GroupAtMost = 256;

    private readonly Lock _gate = new();
    private readonly Queue<LedgerDelta> _held = new();
    private volatile bool _isComplete = true;

    /// <summary>Whether every batch since the copy began was held.</summary>
    public bool IsComplete => _isComplete;

    /// <summary>Whether every batch since the copy began was held and taken.</summary>
    public bool AreAllTaken
    {
        get
        {
            lock (_gate)
            {
                return _isComplete && _held.Count == 0;
            }
        }
    }

    /// <summary>Holds a batch.</summary>
    /// <returns>How many are held.</returns>
    public int Add(LedgerDelta delta)
    {
        lock (_gate)
        {
            if (_held.Count >= AtMost)
            {
                _held.Clear();
                _isComplete = false;
            }

            _held.Enqueue(delta);
            return _held.Count;
        }
    }

    /// <summary>Takes what came after a revision, at most as much as one transaction takes.</summary>
    public IReadOnlyList<LedgerDelta> Take(long afterRevision)
    {
        var group = new List<LedgerDelta>();
        lock (_gate)
        {
            while (group.Count < GroupAtMost && _held.TryDequeue(out var next))
            {
                if (next.After.Revision > afterRevision)
                {
                    group.Add(next);
                }
            }
        }

        return group;
    }

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _held.Clear();
            _isComplete = true;
        }
    }
}
