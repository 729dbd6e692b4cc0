using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores;

/// <summary>The two ledgers and which of them is the source of truth.</summary>
internal sealed class LedgerStores(ILedgerStorage primary, ILedgerStorage fallback) : ILedgerStores
{
    private volatile bool _isOnFallback;
    private volatile bool _mayBeBehind;
    private long _primaryEpoch;

    /// <summary>The ledger of PostgreSQL, or its stand-in.</summary>
    public ILedgerStorage PrimaryStorage => primary;

    /// <summary>The ledger of the fallback.</summary>
    public ILedgerStorage FallbackStorage => fallback;

    /// <summary>The one whose word counts now.</summary>
    public ILedgerStorage CurrentStorage => _isOnFallback ? fallback : primary;

    public ICoinLedger Primary => primary;

    public ICoinLedger Fallback => fallback;

    public ICoinLedger Current => CurrentStorage;

    public bool MayBeBehind
    {
        get => _mayBeBehind;
        set => _mayBeBehind = value;
    }

    /// <summary>The epoch under which this process writes to the primary; 0 before it claimed one.</summary>
    public long PrimaryEpoch => Volatile.Read(ref _primaryEpoch);

    /// <summary>The primary's word counts, and this process writes under an epoch.</summary>
    public void TakePrimary(long epoch)
    {
        Volatile.Write(ref _primaryEpoch, epoch);
        _isOnFallback = false;
    }

    /// <summary>The primary's word counts, and another instance writes to it.</summary>
    public void LeavePrimary() => _isOnFallback = false;

    /// <summary>The fallback's word counts.</summary>
    public void TakeFallback() => _isOnFallback = true;

    /// <summary>Lets only the reign write that this process claimed; before it claimed one, any.</summary>
    /// <exception cref="StoreUnavailableException">Another one reigns in the primary; nothing was written.</exception>
    public void Admit(LedgerHead primaryHead)
    {
        var epoch = Volatile.Read(ref _primaryEpoch);
        if (epoch != 0 && primaryHead.Epoch != epoch)
        {
            throw new StoreUnavailableException(primary.Kind, $"The primary is at epoch {primaryHead.Epoch}; this instance writes under epoch {epoch} and has been replaced.");
        }
    }
}
