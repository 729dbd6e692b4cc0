using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Audit;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Analysis;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Analysis;

/// <summary>
/// What has to be done again and again: go on with a batch that was cut off, analyse whoever is due, learn anew, and tell the other stores of
/// what is new.
/// </summary>
internal sealed partial class AnalysisUpkeep(
    AnalysisBatches batches, PopulationFits fits, IAnalysisRecords records, AnalysisSync sync, LedgerMigrator migrator, IOptions<AnalysisOptions> options, TimeProvider time,
    ILogger<AnalysisUpkeep> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>What cannot be done for now. Each by itself: what goes well in a round says nothing of what does not.</summary>
    private readonly HashSet<UpkeepStep> _behind = [];
    private bool _hasResumed;
    private DateTimeOffset _nextBatch;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                await TryAsync(UpkeepStep.Work, StartWhatIsDueAsync, stoppingToken);
                await TryAsync(UpkeepStep.Documents, sync.RunDocumentsRoundAsync, stoppingToken);
                if (migrator.IsPrimaryReady)
                {
                    await TryAsync(UpkeepStep.Ledgers, sync.RunRoundAsync, stoppingToken);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogStopped();
        }
    }

    private async Task<long> StartWhatIsDueAsync(CancellationToken cancellationToken)
    {
        if (!_hasResumed)
        {
            await batches.TryResumeAsync(cancellationToken);
            _hasResumed = true;
        }

        var now = time.GetUtcNow();
        if (fits.Status.State != WorkState.Running && await IsFitDueAsync(now, cancellationToken))
        {
            fits.TryStart();
        }

        // What is learnt goes into the profiles, so the batch waits for it.
        if (now >= _nextBatch && fits.Status.State != WorkState.Running && batches.TryStart(BatchKind.Incremental, AuditActors.System))
        {
            _nextBatch = now.AddMinutes(options.Value.BatchMinutes);
        }

        return 0;
    }

    private async Task<bool> IsFitDueAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (fits.Status is { StartedAt: { } started } && now < started.AddHours(options.Value.RefitHours))
        {
            return false;
        }

        return await records.FindFitAsync(cancellationToken) is not { } fit || now >= fit.FittedAt.AddHours(options.Value.RefitHours);
    }

    private async Task TryAsync(UpkeepStep step, Func<CancellationToken, Task<long>> run, CancellationToken stoppingToken)
    {
        try
        {
            await run(stoppingToken);
            if (_behind.Remove(step))
            {
                LogCaughtUp(step);
            }
        }
        catch (StoreUnavailableException outage)
        {
            // A later round does it; said once, for rounds are many.
            if (_behind.Add(step))
            {
                LogBehind(step, outage.Message);
            }
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
        {
            LogFailed(failure);
        }
    }

    [LoggerMessage(2621, LogLevel.Information, "The upkeep of the analyzer stops")]
    private partial void LogStopped();

    [LoggerMessage(2622, LogLevel.Warning, "The upkeep of the analyzer waits for a store ({Step}): {Reason}")]
    private partial void LogBehind(UpkeepStep step, string reason);

    [LoggerMessage(2624, LogLevel.Information, "The upkeep of the analyzer goes on ({Step})")]
    private partial void LogCaughtUp(UpkeepStep step);

    [LoggerMessage(2623, LogLevel.Error, "A round of the analyzer's upkeep failed; the next one tries again")]
    private partial void LogFailed(Exception failure);

    /// <summary>What a round does.</summary>
    private enum UpkeepStep
    {
        /// <summary>Batches and learning that are due.</summary>
        Work,

        /// <summary>The document store hears of new profiles.</summary>
        Documents,

        /// <summary>The primary and the fallback hear of each other.</summary>
        Ledgers,
    }
}
