using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Projection;

/// <summary>A copy of the ledger that is kept up to date. The mark tells how far it has come and lives beside the copy itself.</summary>
internal interface IProjectionTarget
{
    /// <summary>Its name in the outbox's cursors and on the pages: <c>mongodb</c> or <c>redis</c>.</summary>
    string Consumer { get; }

    /// <summary>Makes ready what is missing and reads the mark; null where there is no copy yet.</summary>
    Task<CopyMark?> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Copies a stretch of the log and moves the mark on. False means that the copy is not what the caller thinks.</summary>
    Task<bool> ApplyAsync(OutboxBatch batch, CopyMark? expected, CopyMark next, CancellationToken cancellationToken);

    /// <summary>Hears that the copy holds everything up to an instant. False means that it does not: it was lost, restored, or written by another.</summary>
    Task<bool> ConfirmAsync(CopyMark mark, DateTimeOffset asOf, CancellationToken cancellationToken);

    /// <summary>Empties the copy.</summary>
    Task ClearAsync(CancellationToken cancellationToken);

    /// <summary>Whether it is made from the ledger rather than from the events even where all events are still there.</summary>
    bool PrefersLedger { get; }

    /// <summary>Fills the emptied copy from the ledger and leaves the mark behind.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="mark">The mark to leave: the ledger's head from before the first read. What is written later is copied once more, which is harmless.</param>
    /// <param name="cancellationToken">Stops; the copy then stays without a mark.</param>
    /// <returns>False where somebody else made a copy at the same time.</returns>
    Task<bool> BuildAsync(ICoinLedger ledger, CopyMark mark, CancellationToken cancellationToken);
}
