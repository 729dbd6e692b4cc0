using System.Data.Common;
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

    /// <summary>Loads what is named, as it stands at one instant, and locks nothing.</summary>
    Task<LedgerState> LoadAsync(LedgerReads reads, CancellationToken cancellationToken);

    /// <summary>Writes what was decided on a state that was remembered rather than locked, in one transaction and one round trip.</summary>
    /// <param name="delta">What was decided; it is refused where the ledger's head is no longer the one before it.</param>
    /// <param name="keys">Keys that were taken for new; it is refused where one is not.</param>
    /// <param name="cancellationToken">Gives up waiting; it then happened wholly or not at all.</param>
    /// <exception cref="LedgerConflictException">It was refused.</exception>
    /// <exception cref="StoreUnavailableException">The store did not answer; the exception says whether it may have happened.</exception>
    Task WriteAsync(LedgerDelta delta, UnseenKeys keys, CancellationToken cancellationToken);

    /// <summary>Makes a batch ready whose predecessor is on its way, as far as that needs nothing of what that one changes.</summary>
    /// <param name="delta">What was decided.</param>
    /// <param name="keys">Keys that were taken for new.</param>
    /// <param name="ahead">What the batch before it changes; the one before that is committed.</param>
    /// <param name="cancellationToken">Gives up; nothing is written then.</param>
    /// <returns>Null where it is better written as a whole once its turn comes.</returns>
    /// <exception cref="LedgerConflictException">It was refused.</exception>
    Task<IPreparedWrite?> PrepareAsync(LedgerDelta delta, UnseenKeys keys, LedgerDelta ahead, CancellationToken cancellationToken);

    /// <summary>Runs queries that all see the ledger as it stands at one instant, whatever is written meanwhile.</summary>
    Task<T> ReadSnapshotAsync<T>(Func<DbConnection, DbTransaction, Task<T>> query, CancellationToken cancellationToken);

    /// <summary>The store's ways, for queries of one's own.</summary>
    SqlDialect Dialect { get; }

    /// <summary>Changes tables beside the ledger in one transaction; the entries and what follows from them are the writer's alone.</summary>
    Task<T> ChangeAsync<T>(Func<DbConnection, DbTransaction, Task<T>> change, CancellationToken cancellationToken);

    /// <summary>A setting of the application that lives beside the ledger, or null.</summary>
    Task<string?> FindControlAsync(string key, CancellationToken cancellationToken);

    /// <summary>Sets a setting.</summary>
    Task SetControlAsync(string key, string value, CancellationToken cancellationToken);

    /// <summary>Adds one to a setting that is a number, or raises it to a floor that lies higher, and tells the new one.</summary>
    Task<long> IncrementControlAsync(string key, long atLeast, CancellationToken cancellationToken);
}
