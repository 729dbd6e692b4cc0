using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Mirror;

/// <summary>
/// The batches on their way to the primary, the oldest first: each follows the one before it, the first one follows what is surely
/// committed. For one thread at a time.
/// </summary>
internal sealed class BatchesInDoubt
{
    /// <summary>
    /// Noted batches that may be on their way at once. A further one is noted only after the oldest of them was committed; whoever reads the
    /// notes after a restart relies on it.
    /// </summary>
    public const int AtMost = 2;

    private readonly List<LedgerDelta> _open = new(AtMost);

    /// <summary>The head up to which the primary surely holds everything, while that is known.</summary>
    public LedgerHead? Head { get; set; }

    /// <summary>The head that the primary has once it holds all of them.</summary>
    public LedgerHead? End => _open.Count > 0 ? _open[^1].After : Head;

    /// <summary>The batch of which is heard next.</summary>
    public LedgerDelta? Oldest => _open.Count > 0 ? _open[0] : null;

    /// <summary>Whether no more may be in doubt.</summary>
    public bool IsFull => _open.Count == AtMost;

    /// <summary>Puts a batch on its way.</summary>
    public void Add(LedgerDelta delta)
    {
        if (IsFull)
        {
            throw new InvalidOperationException($"{AtMost} batches are on their way to the primary, and no more may be in doubt.");
        }

        _open.Add(delta);
    }

    /// <summary>A batch is committed.</summary>
    public void Commit(LedgerDelta delta)
    {
        if (ReferenceEquals(delta, Oldest))
        {
            _open.RemoveAt(0);
        }

        Head = delta.After;
    }

    /// <summary>Takes out a batch that was not committed, and what builds on it. It is known by itself: another one may have taken its revision.</summary>
    /// <returns>Whether it was on its way.</returns>
    public bool Remove(LedgerDelta delta)
    {
        var place = _open.FindIndex(open => ReferenceEquals(open, delta));
        if (place < 0)
        {
            return false;
        }

        _open.RemoveRange(place, _open.Count - place);
        return true;
    }

    /// <summary>Nothing is on its way any more.</summary>
    public void Clear() => _open.Clear();

    /// <summary>Those that follow a head, in order.</summary>
    public IEnumerable<LedgerDelta> Following(LedgerHead head)
    {
        foreach (var open in _open)
        {
            if (!open.Before.IsSame(head))
            {
                yield break;
            }

            yield return open;
            head = open.After;
        }
    }
}
