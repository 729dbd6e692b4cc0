using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores.Failover;

/// <summary>What the failover coordinator does with the primary, on connections of its own: an exhausted pool is no outage.</summary>
/// <remarks>Every member throws where the primary does not do its work; cancelling gives up waiting and leaves open whether it was done.</remarks>
internal interface IPrimaryControl
{
    /// <summary>The store, for a person.</summary>
    string Name { get; }

    /// <summary>Writes a row as a writer would, behind the writers' lock, and reads whose reign it is.</summary>
    Task<ControlledHead> ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Reads whose reign it is, and takes no lock.</summary>
    Task<ControlledHead> LookAsync(CancellationToken cancellationToken);

    /// <summary>Ends the writers' transactions that a dead or paused process left open, so that nothing of theirs is committed later.</summary>
    /// <param name="ofAllInstances">Whether those of other instances' coordinators are ended too; for an instance that takes the ledger over.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>How many were ended.</returns>
    Task<int> EndWritersAsync(bool ofAllInstances, CancellationToken cancellationToken);

    /// <summary>In one transaction: takes the writers' lock, reads the head, and begins the reign that is decided upon it.</summary>
    /// <param name="decide">Gives the reign to begin, or null to leave it as it is.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The head as it was.</returns>
    Task<ControlledHead> ChangeReignAsync(Func<ControlledHead, Reign?> decide, CancellationToken cancellationToken);

    /// <summary>Writes what was decided, in one transaction. It is refused unless the head stands where it was decided, so that the head itself is the cursor.</summary>
    /// <exception cref="ReplayRefusedException">The primary refuses it; nothing was written.</exception>
    Task WriteAsync(LedgerDelta delta, CancellationToken cancellationToken);

    /// <summary>Drops the writers' idle connections, which may lead to a server that is gone.</summary>
    void ForgetConnections();
}

/// <summary>The primary refuses what the fallback acknowledged: the two ledgers differ.</summary>
internal sealed class ReplayRefusedException(string message, Exception innerException) : Exception(message, innerException);
