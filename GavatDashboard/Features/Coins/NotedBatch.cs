using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Coins;

/// <summary>What the primary ledger made of a batch.</summary>
internal enum BatchFate
{
    /// <summary>It is committed.</summary>
    Written,

    /// <summary>It is not there and will not be.</summary>
    NotWritten,

    /// <summary>Nobody knows.</summary>
    InDoubt,
}

/// <summary>A batch that is decided and noted, and on its way to the primary ledger.</summary>
/// <param name="operations">What was asked for.</param>
/// <param name="delta">What was decided.</param>
/// <param name="results">The answers, once it is written.</param>
/// <param name="before">The batch on which it was decided, where that one is on its way too.</param>
internal sealed class NotedBatch(IReadOnlyList<LedgerOperation> operations, LedgerDelta delta, IReadOnlyList<OperationResult> results, NotedBatch? before)
{
    // Whoever waits for it goes on at once, on the thread that brings the news: the next batch is sent before anybody is answered.
    private readonly TaskCompletionSource<BatchFate> _fate = new();

    public IReadOnlyList<LedgerOperation> Operations => operations;

    public LedgerDelta Delta => delta;

    public IReadOnlyList<OperationResult> Results => results;

    /// <summary>The batch on which it was decided; null where that one had arrived.</summary>
    public NotedBatch? Before => before;

    /// <summary>What became of it.</summary>
    public Task<BatchFate> Fate => _fate.Task;

    /// <summary>Whether it is known to have come to an end, and to which.</summary>
    public bool Is(BatchFate fate) => _fate.Task is { IsCompletedSuccessfully: true, Result: var known } && known == fate;

    /// <summary>Tells what became of it.</summary>
    public void End(BatchFate fate) => _fate.TrySetResult(fate);
}
