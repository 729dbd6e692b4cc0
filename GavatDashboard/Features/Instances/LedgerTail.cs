using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Instances;

/// <summary>While another instance writes the ledger, looks at its end at a modest pace, so that the pages here are as alive as there.</summary>
internal sealed partial class LedgerTail(LedgerOwnership ownership, InstanceDirectory directory, LedgerStores stores, LedgerMigrator migrator, LedgerFeed feed, TimeProvider time, ILogger<LedgerTail> logger)
    : BackgroundService
{
    private const int LookedAt = 200;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!directory.IsShared)
        {
            return;
        }

        try
        {
            await migrator.PrimaryReady.WaitAsync(stoppingToken);
            while (true)
            {
                await ownership.UntilAsync(isMine: false, stoppingToken);
                await FollowAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Nothing of it is kept.
        }
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        long? through = null;
        while (!ownership.IsMine)
        {
            var pause = Pace;
            try
            {
                through = await ShowNewAsync(through, stoppingToken);
            }
            catch (StoreUnavailableException outage)
            {
                LogOutage(outage.Message);
                pause = Rest;
            }

            await Task.Delay(pause, time, stoppingToken);
        }
    }

    private async Task<long> ShowNewAsync(long? through, CancellationToken stoppingToken)
    {
        var ledger = stores.Primary;
        var head = await ledger.ReadHeadAsync(stoppingToken);
        if (head.Sequence == through)
        {
            return head.Sequence;
        }

        var entries = await ledger.ListEntriesAsync(new EntryQuery { Limit = LookedAt }, stoppingToken);
        if (through is { } seen)
        {
            feed.OnSeen([.. entries.Where(entry => entry.Sequence > seen).Reverse()]);
        }
        else
        {
            feed.OnKept(entries);
        }

        // Some may have been written since the head was read.
        return entries.Select(entry => entry.Sequence).Append(head.Sequence).Max();
    }

    [LoggerMessage(3203, LogLevel.Debug, "What the owner of the ledger writes cannot be seen now: {Failure}")]
    private partial void LogOutage(string failure);
}
