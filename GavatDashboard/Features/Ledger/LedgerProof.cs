using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Ledger;

/// <summary>The ledger's end and its sums, read together.</summary>
/// <param name="Head">The end of the log.</param>
/// <param name="Totals">Sums over the whole ledger.</param>
/// <param name="Source">Where they were read.</param>
/// <param name="AsOf">When (UTC).</param>
public sealed record LedgerProof(LedgerHead Head, LedgerTotals Totals, StoreKind Source, DateTimeOffset AsOf)
{
    /// <summary>What the system accounts hold together, in coins.</summary>
    public CoinAmount System => new(Totals.SystemBalances.Values.Sum(balance => balance.Value));

    /// <summary>All balances with those of the system accounts, in coins: zero in a whole ledger.</summary>
    public CoinAmount Sum => new(Totals.Balances.Value + System.Value);

    /// <summary>Whether the balances are the sums of the entries and money only moved.</summary>
    public bool IsWhole => Totals.Balances == Totals.EntryAmounts && Sum == CoinAmount.Zero;
}
