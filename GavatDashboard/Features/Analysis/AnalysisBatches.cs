using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Analysis;

/// <summary>
/// Analyses everybody who is due. How far it has come is kept after each piece, so that it goes on after a restart; what was analysed
/// since its start is not due any more, so that nothing is done twice.
/// </summary>
internal sealed class AnalysisBatches(
    AnalyzerService analyzer, ActiveAnalyzer active, IHistorySource histories, IProfileStore profiles, IAnalysisRecords records, IProfileCache cache,
    IOptions<AnalysisOptions> options, TimeProvider time, ILogger<AnalysisBatches> logger) : IDisposable
{
    private readonly LongWork<AnalysisBatch> _work = new("analysis of everybody", time, logger);

    /// <summary>How it stands.</summary>
    public WorkStatus<AnalysisBatch> Status => _work.Status;

    /// <summary>Completes when the batch that runs now ends.</summary>
    public Task Ended => _work.Ended;

    /// <summary>Hears of every step, on a thread of the pool: return at once.</summary>
    public event Action? Changed
    {
        add => _work.Changed += value;
        remove => _work.Changed -= value;
    }

    /// <summary>Starts a batch.</summary>
    /// <param name="kind">Whom it analyses.</param>
    /// <param name="actor">Who asks for it.</param>
    /// <returns>False where one runs already.</returns>
    public bool TryStart(BatchKind kind, string actor) => _work.TryStart((tell, token) => RunAsync(
        new() { Id = Guid.CreateVersion7(), Kind = kind, State = BatchState.Running, Actor = actor, StartedAt = LedgerTime.Truncate(time.GetUtcNow()) }, isNew: true, tell, token));

    /// <summary>Goes on with the batch that a restart has cut off, if there is one.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be reached.</exception>
    public async Task<bool> TryResumeAsync(CancellationToken cancellationToken) =>
        await records.ListBatchesAsync(1, cancellationToken) is [{ State: BatchState.Running } cutOff]
        && _work.TryStart((tell, token) => RunAsync(cutOff, isNew: false, tell, token));

    /// <summary>Asks the batch that runs to stop; what it did stays.</summary>
    /// <returns>False where none runs.</returns>
    public async Task<bool> CancelAsync(CancellationToken cancellationToken)
    {
        if (_work.Status.State != WorkState.Running)
        {
            return false;
        }

        _work.Cancel();
        await _work.Ended.WaitAsync(cancellationToken);
        if (await records.ListBatchesAsync(1, cancellationToken) is [{ State: BatchState.Running } stopped])
        {
            await records.PutBatchAsync(stopped with { State = BatchState.Cancelled, EndedAt = time.GetUtcNow() }, cancellationToken);
        }

        return true;
    }

    public void Dispose() => _work.Dispose();

    private async Task<AnalysisBatch> RunAsync(AnalysisBatch batch, bool isNew, Action<long, long> tell, CancellationToken cancellationToken)
    {
        await active.ReloadAsync(records, cancellationToken);
        var due = new DueQuery(batch.Kind, batch.StartedAt, active.Current.Version);
        if (isNew)
        {
            batch = batch with { Total = await histories.CountDueAsync(due, cancellationToken) };
            await records.PutBatchAsync(batch, cancellationToken);
        }

        while (true)
        {
            tell(batch.Done, batch.Total);
            var users = await histories.ListDueAsync(due, batch.AfterUserId, options.Value.BatchSize, cancellationToken);
            if (users.Count == 0)
            {
                break;
            }

            var made = await analyzer.AnalyzeAndKeepAsync(users, cancellationToken);
            batch = batch with { AfterUserId = users[^1], Done = batch.Done + users.Count, Changed = batch.Changed + made.Changes.Count };
            await records.PutBatchAsync(batch, cancellationToken);
        }

        batch = batch with { State = BatchState.Done, EndedAt = time.GetUtcNow(), Total = Math.Max(batch.Total, batch.Done) };
        tell(batch.Done, batch.Total);
        await profiles.NoteDayAsync(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), cancellationToken);
        await records.PutBatchAsync(batch, cancellationToken);
        await cache.RemoveAsync([SegmentService.CacheKey], cancellationToken);
        return batch;
    }
}
