using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Sql;

/// <summary>A transaction on a ledger between loading and writing: what was loaded cannot change until it ends.</summary>
internal interface ILedgerSession : IAsyncDisposable
{
    /// <summary>What was loaded.</summary>
    LedgerState State { get; }

    /// <summary>Writes what was decided on <see cref="State"/> and commits. Without it, disposing rolls back.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer; the exception says whether the commit may have happened.</exception>
    Task CommitAsync(LedgerDelta delta, CancellationToken cancellationToken);
}

/// <summary>A ledger whose transactions can be taken apart, so that a decision can be noted elsewhere before it is written.</summary>
internal interface ILedgerStorage : ICoinLedger
{
    /// <summary>Takes the writers' lock and loads what is named.</summary>
    Task<ILedgerSession> BeginAsync(LedgerReads reads, CancellationToken cancellationToken);
}
