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
    private bool _hasResumed;
    private bool _isBehind;
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
                await TryAsync(StartWhatIsDueAsync, stoppingToken);
                await TryAsync(sync.RunDocumentsRoundAsync, stoppingToken);
                if (migrator.IsPrimaryReady)
                {
                    await TryAsync(sync.RunRoundAsync, stoppingToken);
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

    private async Task TryAsync(Func<CancellationToken, Task<long>> step, CancellationToken stoppingToken)
    {
        try
        {
            await step(stoppingToken);
            _isBehind = false;
        }
        catch (StoreUnavailableException outage)
        {
            // It is copied by a later round; said once, for rounds are many.
            if (!_isBehind)
            {
                LogBehind(outage.Message);
            }

            _isBehind = true;
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
        {
            LogFailed(failure);
        }
    }

    [LoggerMessage(2621, LogLevel.Information, "The upkeep of the analyzer stops")]
    private partial void LogStopped();

    [LoggerMessage(2622, LogLevel.Warning, "A store does not hear of the analyzer's news for now: {Reason}")]
    private partial void LogBehind(string reason);

    [LoggerMessage(2623, LogLevel.Error, "A round of the analyzer's upkeep failed; the next one tries again")]
    private partial void LogFailed(Exception failure);
}
