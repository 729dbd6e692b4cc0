using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Imports;

/// <summary>Runs the imports that wait, one at a time.</summary>
internal sealed partial class ImportRunner(ImportService imports, ImportSpool spool, HistoryImporter importer, TimeProvider time, ILogger<ImportRunner> logger)
    : BackgroundService
{
    /// <summary>What is said of an import whose process ended.</summary>
    public const string Interrupted = "interrupted; send the file again, nothing is applied twice";

    private static readonly TimeSpan PublishEvery = TimeSpan.FromMilliseconds(500);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the first request can send a file: none of what lies there has an import any more.
        spool.DropAll();
        await imports.CleanUpAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var job in imports.Queue.ReadAllAsync(stoppingToken))
        {
            using (job)
            {
                await RunAsync(job, stoppingToken);
            }
        }
    }

    private async Task RunAsync(ImportJob job, CancellationToken stoppingToken)
    {
        var (state, error) = await TryRunAsync(job, stoppingToken);
        try
        {
            // Not the stopping token: how it ended is to be kept although the process ends.
            await imports.EndAsync(job, state, error, CancellationToken.None);
        }
        catch (Exception exception) when (exception is System.Data.Common.DbException or IOException)
        {
            LogNotKept(exception, job.Id);
        }

        var end = job.Describe(state, error);
        LogEnded(end.Id, state, end.ProcessedLines, end.Entries, end.Duplicates, end.RejectedLines, end.LinesPerSecond);
    }

    private async Task<(ImportState State, string? Error)> TryRunAsync(ImportJob job, CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, job.Cancelled);
        using var publish = time.CreateTimer(_ => imports.Publish(job), null, PublishEvery, PublishEvery);
        job.Start();
        try
        {
            await using var file = new FileStream(
                job.Path, new FileStreamOptions { Access = FileAccess.Read, Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
            await importer.RunAsync(job, file, stop.Token);
            return (ImportState.Completed, null);
        }
        catch (OperationCanceledException) when (job.Cancelled.IsCancellationRequested)
        {
            return (ImportState.Cancelled, null);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return (ImportState.Failed, Interrupted);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or LedgerBusyException)
        {
            LogOutage(exception, job.Id);
            return (ImportState.Failed, "The ledger takes no writes. Send the file again once it does; nothing is applied twice.");
        }
        catch (Exception exception)
        {
            LogFailed(exception, job.Id);
            return (ImportState.Failed, "Something went wrong on our side; the log says what. Send the file again, nothing is applied twice.");
        }
    }

    [LoggerMessage(4001, LogLevel.Information, "Import {Id} ended: {State}, {Lines} lines, {Entries} entries, {Duplicates} duplicates, {Rejected} rejected, {LinesPerSecond} lines a second")]
    private partial void LogEnded(string id, ImportState state, long lines, long entries, long duplicates, long rejected, double linesPerSecond);

    [LoggerMessage(4002, LogLevel.Warning, "Import {Id} gave up waiting for the ledger")]
    private partial void LogOutage(Exception exception, string id);

    [LoggerMessage(4003, LogLevel.Error, "Import {Id} failed")]
    private partial void LogFailed(Exception exception, string id);

    [LoggerMessage(4004, LogLevel.Error, "The end of import {Id} could not be kept")]
    private partial void LogNotKept(Exception exception, string id);
}
