using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Features.Coins;

/// <summary>Makes snapshots of balances in the current ledger, in small steps with pauses, so that nobody waits for it.</summary>
internal sealed partial class BalanceSnapshotWorker(LedgerStores stores, LedgerMigrator migrator, TimeProvider time, ILogger<BalanceSnapshotWorker> logger)
    : BackgroundService
{
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await migrator.PrimaryReady.WaitAsync(stoppingToken);
            var maker = new BalanceSnapshotMaker((ILedgerStorage)stores.Current);
            while (true)
            {
                // After a failover another ledger counts, with snapshots of its own.
                if (!ReferenceEquals(maker.Ledger, stores.Current))
                {
                    maker = new BalanceSnapshotMaker((ILedgerStorage)stores.Current);
                }

                await Task.Delay(await TryStepAsync(maker, stoppingToken) ? Breath : Rest, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What was made stays; the next start goes on.
        }
    }

    private async Task<bool> TryStepAsync(BalanceSnapshotMaker maker, CancellationToken cancellationToken)
    {
        try
        {
            return await maker.StepAsync(cancellationToken);
        }
        catch (StoreUnavailableException outage)
        {
            LogOutage(outage.Message);
            return false;
        }
    }

    [LoggerMessage(2401, LogLevel.Information, "Snapshots of balances are not made now: {Failure}")]
    private partial void LogOutage(string failure);
}
