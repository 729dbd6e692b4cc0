using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>Compares what the cache would serve with the ledger. A wrong value ends the cache's generation, so that it is never served.</summary>
internal sealed class CachedBalancesCheck(ILedgerStores stores, ICacheInspection inspection, IBalanceCache cache, TimeProvider time) : IReconciliationCheck
{
    private const int UsersAStep = 500;
    private static readonly TimeSpan Following = TimeSpan.FromMilliseconds(300);

    public string Name => CheckNames.CachedBalances;

    public async Task<CheckStep> StepAsync(string position, CancellationToken cancellationToken)
    {
        var ledger = stores.Current;
        var users = await UserPages.ReadAsync(ledger, position, UsersAStep, cancellationToken);
        if (users.Count == 0)
        {
            return CheckStep.End(0);
        }

        var before = await ledger.FindAccountsAsync(users, cancellationToken);
        await Task.Delay(Following, time, cancellationToken);
        if (await inspection.PeekAsync(users, cancellationToken) is not { } cached)
        {
            return CheckStep.Wait("the cache is bypassed now");
        }

        var after = await ledger.FindAccountsAsync(users, cancellationToken);
        if (AccountBracket.FindWrong("the cache", before, cached.Values, after, mayLack: true) is not { } mismatch)
        {
            return CheckStep.GoOn(cached.Count, users[^1]);
        }

        cache.Distrust("a cached balance is not the ledger's");
        return CheckStep.Found(0, $"{mismatch}. The cache was begun anew");
    }
}
