using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores;

/// <summary>The two ledgers and which of them is the source of truth.</summary>
internal sealed class LedgerStores(ILedgerStorage primary, ILedgerStorage fallback) : ILedgerStores
{
    /// <summary>The ledger of PostgreSQL, or its stand-in.</summary>
    public ILedgerStorage PrimaryStorage => primary;

    /// <summary>The ledger of the fallback.</summary>
    public ILedgerStorage FallbackStorage => fallback;

    public ICoinLedger Primary => primary;

    public ICoinLedger Fallback => fallback;

    public ICoinLedger Current => primary;
}
