using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores;

/// <summary>Asks the current ledger what a balance was, and while it is out the fallback, marked stale.</summary>
internal sealed class BalanceHistory(LedgerStores stores, TimeProvider time) : IBalanceHistory
{
    public async Task<Reading<BalanceAt>?> FindAsync(string userId, DateTimeOffset at, CancellationToken cancellationToken)
    {
        try
        {
            return await FindAsync((ILedgerStorage)stores.Current, userId, at, isStale: false, cancellationToken);
        }
        catch (StoreUnavailableException) when (stores.Current != stores.Fallback)
        {
            if (await FindAsync(stores.FallbackStorage, userId, at, isStale: true, cancellationToken) is { } found)
            {
                return found;
            }

            // A fallback that knows no such user proves nothing while the ledger is out.
            throw;
        }
    }

    private async Task<Reading<BalanceAt>?> FindAsync(ILedgerStorage ledger, string userId, DateTimeOffset at, bool isStale, CancellationToken cancellationToken)
    {
        var asOf = time.GetUtcNow();
        var found = await ledger.ReadSnapshotAsync(
            (connection, snapshot) => new SqlBalanceHistory(ledger.Dialect).FindAsync(connection, snapshot, userId, at, cancellationToken), cancellationToken);
        return found is null ? null : new Reading<BalanceAt>(found, asOf, ledger.Kind, isStale);
    }
}
