using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Mirror;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Coins;

/// <summary>
/// The single writer of the ledger. It takes whatever waits, writes it as one transaction, and gives each caller its own
/// answer. It never lingers for more: the batch on its way lets the next one form, which is decided and noted meanwhile.
/// </summary>
internal sealed class LedgerWriter(
    IBatchWriter batches,
    IEnumerable<ILedgerObserver> observers,
    IOptions<LedgerWriterOptions> options,
    TimeProvider time,
    ILogger<LedgerWriter> logger) : BackgroundService, ILedgerWriter
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private readonly ILedgerObserver[] _observers = [.. observers];
    private readonly Lock _telling = new();
    private readonly WaitingLine<Waiting> _queue = new(options.Value.QueueCapacity, options.Value.BatchSize, BatchesInDoubt.AtMost);

    /// <summary>How many operations wait to be written.</summary>
    public int QueueLength => _queue.Count;

    public Task<OperationResult> WriteAsync(LedgerOperation operation, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiting = new Waiting(operation, time.GetTimestamp());
        if (!_queue.TryAdd(waiting))
        {
            LedgerMetrics.Busy.Add(1);
            throw new LedgerBusyException(_queue.Count, RetryAfter);
        }

        return waiting.Answer.Task.WaitAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the caller's thread: the host starts its services one after another.
        await Task.Yield();
        List<Task> onTheWay = [];
        try
        {
            while (true)
            {
                var batch = await _queue.TakeAsync(stoppingToken);
                onTheWay.RemoveAll(task => task.IsCompleted);
                onTheWay.Add(TakeAlongAsync(batch));
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            logger.LogInformation("The ledger's writer stops");
        }
        finally
        {
            RefuseTheRest();
            await Task.WhenAll(onTheWay);
        }
    }

    private async Task TakeAlongAsync(List<Waiting> batch)
    {
        try
        {
            await WriteAsync(batch);
        }
        finally
        {
            _queue.Done(batch);
        }
    }

    private async Task WriteAsync(List<Waiting> batch)
    {
        var operations = batch.ConvertAll(waiting => waiting.Operation);
        var started = time.GetTimestamp();
        try
        {
            var commit = await WriteInTimeAsync(operations);
            Answer(batch, commit, time.GetElapsedTime(started));
        }
        catch (StoreUnavailableException outage)
        {
            LedgerMetrics.Outages.Add(1);
            FailAll(batch, outage);
        }
        catch (Exception exception) when (batch.Count > 1)
        {
            // One operation cannot be written. Its batch mates must not suffer: each goes alone, under its own key.
            logger.LogError(exception, "A batch of {Count} operations failed; writing them one by one", batch.Count);
            foreach (var waiting in batch)
            {
                await WriteAsync([waiting]);
            }
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "An operation of kind {Kind} cannot be written", operations[0].GetType().Name);
            FailAll(batch, exception);
        }
    }

    private async Task<LedgerCommit> WriteInTimeAsync(List<LedgerOperation> operations)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.BatchTimeoutSeconds), time);
        try
        {
            return await batches.WriteAsync(operations, timeout.Token);
        }
        catch (OperationCanceledException exception) when (timeout.IsCancellationRequested)
        {
            throw new StoreUnavailableException(
                batches.Current, $"The ledger did not answer within {options.Value.BatchTimeoutSeconds} s.", mayHaveHappened: true, exception);
        }
    }

    private void Answer(List<Waiting> batch, LedgerCommit commit, TimeSpan took)
    {
        LedgerMetrics.BatchSize.Record(batch.Count);
        LedgerMetrics.BatchDuration.Record(took.TotalSeconds);
        for (var i = 0; i < batch.Count; i++)
        {
            LedgerMetrics.Count(commit.Results[i]);
            LedgerMetrics.OperationDuration.Record(time.GetElapsedTime(batch[i].EnqueuedAt).TotalSeconds);
            batch[i].Answer.TrySetResult(commit.Results[i]);
        }

        lock (_telling)
        {
            foreach (var observer in _observers)
            {
                observer.OnCommitted(commit, QueueLength);
            }
        }
    }

    private static void FailAll(List<Waiting> batch, Exception exception)
    {
        foreach (var waiting in batch)
        {
            waiting.Answer.TrySetException(exception);
        }
    }

    private void RefuseTheRest()
    {
        foreach (var waiting in _queue.Close())
        {
            waiting.Answer.TrySetException(new StoreUnavailableException(batches.Current, "The application is stopping; nothing of this request was written."));
        }
    }

    private sealed record Waiting(LedgerOperation Operation, long EnqueuedAt)
    {
        public TaskCompletionSource<OperationResult> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
