using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Sql;

/// <summary>
/// A batch that was made ready while the one before it was on its way: of it, what touches none of that one's rows is in an open
/// transaction. Without a commit, disposing takes all of it back.
/// </summary>
internal interface IPreparedWrite : IAsyncDisposable
{
    /// <summary>Writes the rest and commits, in one round trip. To be called once the batch before it is committed.</summary>
    /// <exception cref="LedgerConflictException">It was refused, or what was made ready is gone; nothing was written.</exception>
    /// <exception cref="StoreUnavailableException">The store did not answer; the exception says whether it may have happened.</exception>
    Task CommitAsync(CancellationToken cancellationToken);
}
