using GavatDashboard.Domain.Failover;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Instances;

/// <summary>What this instance knows of the others: who lives, where they are, who owns the ledger, and what the owner says of itself.</summary>
internal sealed class InstanceDirectory(IInstanceRegistry registry, TimeProvider time)
{
    private readonly Lock _lock = new();
    private IReadOnlyList<InstanceSighting> _all = [];
    private string _owner = string.Empty;
    private OwnerWord? _word;
    private string? _ownerFault;
    private long _askedAt;

    /// <summary>Whether other instances can be there at all.</summary>
    public bool IsShared => registry.IsShared;

    /// <summary>This instance's name.</summary>
    public string Self { get; set; } = string.Empty;

    /// <summary>The secret that the instances share; null before the primary told it.</summary>
    public byte[]? Secret { get; set; }

    /// <summary>All instances, as the primary told last.</summary>
    public IReadOnlyList<InstanceSighting> All => Read(() => _all);

    /// <summary>The name of the instance that owns the ledger, as last seen; empty where none does.</summary>
    public string Owner
    {
        get => Read(() => _owner);
        set
        {
            lock (_lock)
            {
                if (_owner != value)
                {
                    (_owner, _word, _ownerFault) = (value, null, null);
                }
            }
        }
    }

    /// <summary>What the owner said last of itself, and how long ago it was asked; null where it has not answered.</summary>
    public (OwnerWord Word, TimeSpan Age)? OwnerSays => Read<(OwnerWord, TimeSpan)?>(() => _word is null ? null : (_word, time.GetElapsedTime(_askedAt)));

    /// <summary>Why this instance does not trust what answers in the owner's place; null where it does, or where nothing answers.</summary>
    public string? OwnerFault => Read(() => _ownerFault);

    /// <summary>The instance that owns the ledger, where it is another one and its address is known.</summary>
    public InstanceSighting? FindOwner() => Read(() => _all.FirstOrDefault(each => each.Instance == _owner && each.Instance != Self && each.Address.Length > 0));

    /// <summary>Since when the owner was not heard (UTC): by the primary, or by this instance; null where it never was.</summary>
    public DateTimeOffset? OwnerHeardAt => Read<DateTimeOffset?>(() =>
    {
        var registered = _all.FirstOrDefault(each => each.Instance == _owner)?.HeardAt;
        var answered = _word is null ? (DateTimeOffset?)null : time.GetUtcNow() - time.GetElapsedTime(_askedAt);
        return registered > answered || answered is null ? registered : answered;
    });

    /// <summary>Notes what the primary told.</summary>
    public void Note(IReadOnlyList<RegisteredInstance> found)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            _all = [.. found.Select(each => new InstanceSighting(each.Card.Instance, each.Card.Address, each.Card.Role, each.Card.StartedAt, now - each.SilentFor))];
        }
    }

    /// <summary>Notes what the owner answered.</summary>
    /// <param name="word">What it said.</param>
    /// <param name="askedAt">The monotonic clock's reading before it was asked.</param>
    public void Note(OwnerWord word, long askedAt)
    {
        lock (_lock)
        {
            if (word.Instance == _owner)
            {
                (_word, _askedAt, _ownerFault) = (word, askedAt, null);
            }
        }
    }

    /// <summary>Notes that the owner was asked and not heard.</summary>
    /// <param name="owner">Who was asked.</param>
    /// <param name="fault">Why what answers there is not trusted; null where nothing does.</param>
    /// <returns>Whether this is news.</returns>
    public bool NoteUnheard(string owner, string? fault)
    {
        lock (_lock)
        {
            if (owner != _owner || fault == _ownerFault)
            {
                return false;
            }

            _ownerFault = fault;
            return true;
        }
    }

    private T Read<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }
}

/// <summary>An instance as it was last seen.</summary>
/// <param name="Instance">Its name.</param>
/// <param name="Address">Where it is reached.</param>
/// <param name="Role"><c>owner</c>, <c>follower</c> or <c>fenced</c>, as it said.</param>
/// <param name="StartedAt">When its process began (UTC).</param>
/// <param name="HeardAt">When it was last heard (UTC).</param>
public sealed record InstanceSighting(string Instance, string Address, string Role, DateTimeOffset StartedAt, DateTimeOffset HeardAt);

/// <summary>What the owner of the ledger says of itself.</summary>
/// <param name="Instance">Its name.</param>
/// <param name="State">Its failover coordinator's state, such as <c>primary</c>.</param>
/// <param name="IsOwner">Whether it owns the ledger.</param>
/// <param name="Epoch">The number of its reign.</param>
/// <param name="Backlog">Operations that it acknowledged on its fallback and that the primary lacks.</param>
internal sealed record OwnerWord(string Instance, string State, bool IsOwner, long Epoch, long Backlog)
{
    /// <summary>Whether it may yet acknowledge something by itself: it has not given the ledger up, though it may have just started and not claimed it.</summary>
    public bool MayLead => State != FailoverState.Following.ToCode() && State != FailoverState.Fenced.ToCode();
}
