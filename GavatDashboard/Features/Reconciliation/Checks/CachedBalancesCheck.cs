using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>Compares what the cache would serve with the ledger. A wrong value ends the cache's generation, so that it is never served.</summary>
/// <param name="stores">The ledgers.</param>
/// <param name="inspection">Looks into the cache.</param>
/// <param name="distrust">Ends the generation.</param>
/// <param name="time">The clock.</param>
/// <param name="mayBeOld">Whether a value may be older than the ledger's: nobody is served from the cache of an application that does not run.</param>
internal sealed class CachedBalancesCheck(ILedgerStores stores, ICacheInspection inspection, Action<string> distrust, TimeProvider time, bool mayBeOld = false) : IReconciliationCheck
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
        if (!mayBeOld)
        {
            await Task.Delay(Following, time, cancellationToken);
        }

        if (await inspection.PeekAsync(users, cancellationToken) is not { } cached)
        {
            return CheckStep.Wait(Finding.Of("cache-bypassed"));
        }

        var after = await ledger.FindAccountsAsync(users, cancellationToken);
        return AccountBracket.FindWrong(Places.Cache, before, cached.Values, after, mayLack: true, mayBeOld) is { } mismatch
            ? CheckStep.Found(0, mismatch, new Repair("cache-anew", _ => DistrustAsync()))
            : CheckStep.GoOn(cached.Count, users[^1]);
    }

    private Task DistrustAsync()
    {
        distrust("a cached balance is not the ledger's");
        return Task.CompletedTask;
    }
}
