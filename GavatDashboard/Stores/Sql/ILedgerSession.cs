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
