using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Coins;

/// <summary>Gives the feed what the ledger held before the start, once some ledger can be read, so that no page looks as if nothing had ever happened.</summary>
internal sealed partial class LedgerFeedStart(ILedgerStores stores, LedgerMigrator migrator, LedgerFeed feed, TimeProvider time, ILogger<LedgerFeedStart> logger) : BackgroundService
{
    /// <summary>More than the feed shows: the entries of reserved users are among them.</summary>
    private const int LookedAt = 500;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!await TryFillAsync(stoppingToken))
            {
                await Task.Delay(Pause, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Nobody looks at the pages any more.
        }
    }

    private async Task<bool> TryFillAsync(CancellationToken cancellationToken)
    {
        var ledger = stores.Current;
        if (ReferenceEquals(ledger, stores.Primary) && !migrator.IsPrimaryReady)
        {
            return false;
        }

        try
        {
            feed.OnKept(await ledger.ListEntriesAsync(new EntryQuery { Limit = LookedAt }, cancellationToken));
            return true;
        }
        catch (StoreUnavailableException outage)
        {
            LogOutage(outage.Message);
            return false;
        }
    }

    [LoggerMessage(2301, LogLevel.Debug, "What the ledger held before the start cannot be read yet: {Failure}")]
    private partial void LogOutage(string failure);
}
