using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Coins;

/// <summary>Writes a batch of operations so that all of it is durable, and says what became of each.</summary>
internal interface IBatchWriter
{
    /// <summary>The ledger that takes writes now.</summary>
    StoreKind Current { get; }

    /// <summary>
    /// Writes the operations in their order; when it returns, all of them may be acknowledged. It may be called again while a batch is on
    /// its way: that one is written before the next.
    /// </summary>
    /// <exception cref="StoreUnavailableException">No ledger takes writes now.</exception>
    Task<LedgerCommit> WriteAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken);
}

/// <summary>A batch that is durable.</summary>
/// <param name="Results">What became of each operation, in their order.</param>
/// <param name="Delta">What was written.</param>
internal sealed record LedgerCommit(IReadOnlyList<OperationResult> Results, LedgerDelta Delta)
{
    /// <summary>Whether another instance wrote it; what it wrote is then not told here, and the delta is empty.</summary>
    public bool IsForwarded { get; init; }
}

/// <summary>Lets the instance that owns the ledger write a batch.</summary>
internal interface IBatchForwarder
{
    /// <summary>Sends the batch until the owner answers; its operations carry their keys, so that it is done once.</summary>
    /// <param name="operations">The operations.</param>
    /// <param name="atMost">How long it is tried.</param>
    /// <param name="cancellationToken">Gives up; the batch may still happen.</param>
    /// <exception cref="StoreUnavailableException">The owner did not answer within the time.</exception>
    Task<LedgerCommit> WriteAsync(IReadOnlyList<LedgerOperation> operations, TimeSpan atMost, CancellationToken cancellationToken);
}

/// <summary>Hears of every batch after its callers were answered, of one at a time. It must return at once and never throw.</summary>
internal interface ILedgerObserver
{
    /// <summary>A batch is durable.</summary>
    /// <param name="commit">The batch.</param>
    /// <param name="waiting">How many operations wait behind it.</param>
    void OnCommitted(LedgerCommit commit, int waiting);
}
