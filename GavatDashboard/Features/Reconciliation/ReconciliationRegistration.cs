using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Instances;
using GavatDashboard.Features.Reconciliation.Checks;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Mirror;

namespace GavatDashboard.Features.Reconciliation;

/// <summary>Registers the continuous comparison of the stores.</summary>
public static class ReconciliationRegistration
{
    /// <summary>The checks and the worker that runs them.</summary>
    public static void AddReconciliation(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<ReconciliationOptions>().BindConfiguration(ReconciliationOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<ReconciliationLog>();
        AddLedgerChecks(services);
        services.AddSingleton<IReconciliationCheck>(provider => new CachedBalancesCheck(
            provider.GetRequiredService<ILedgerStores>(), provider.GetRequiredService<ICacheInspection>(), provider.GetRequiredService<IBalanceCache>().Distrust, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IReconciliationCheck, CachedBoardsCheck>();
        services.AddSingleton<IReconciliationCheck>(provider => new CopiedEntriesCheck(
            provider.GetRequiredService<LedgerStores>(), provider.GetRequiredService<IDocumentStore>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IReconciliationCheck, CopiedAccountsCheck>();
        services.AddSingleton<ReconciliationWorker>();
        services.AddSingleton<IReconciliationFeed>(provider => provider.GetRequiredService<ReconciliationWorker>());
        services.AddOwnerService<ReconciliationWorker>();
    }

    private static void AddLedgerChecks(IServiceCollection services)
    {
        Add((stores, _, _) => new ChainCheck(CheckNames.LedgerChain, stores.PrimaryStorage, () => null));
        Add((stores, _, time) => new AccountsCheck(CheckNames.LedgerAccounts, stores.Primary, () => null, time));
        Add((stores, mirror, _) => new ChainCheck(CheckNames.FallbackChain, stores.FallbackStorage, () => Unless(mirror, state => state != MirrorState.Behind)));
        Add((stores, mirror, time) => new AccountsCheck(CheckNames.FallbackAccounts, stores.Fallback, () => Unless(mirror, state => state != MirrorState.Behind), time));
        Add((stores, mirror, _) => new MirrorCheck(stores.PrimaryStorage, stores.FallbackStorage, () => Unless(mirror, state => state == MirrorState.Following)));
        Add((stores, mirror, time) => new MirrorAccountsCheck(stores.Primary, stores.Fallback, Places.Fallback, () => Unless(mirror, state => state == MirrorState.Following), time));

        void Add(Func<LedgerStores, MirrorStanding, TimeProvider, IReconciliationCheck> make) => services.AddSingleton(provider => make(
            provider.GetRequiredService<LedgerStores>(), provider.GetRequiredService<MirrorStanding>(), provider.GetRequiredService<TimeProvider>()));
    }

    private static Finding? Unless(MirrorStanding mirror, Predicate<MirrorState> isFit) =>
        mirror.Status is var status && isFit(status.State) ? null : Finding.Said(status.Reason);
}
