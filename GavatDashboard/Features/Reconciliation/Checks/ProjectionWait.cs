using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>Waits until a copy of the ledger has what the ledger has now, by the copy's own mark.</summary>
internal static class ProjectionWait
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);
    private const int Steps = 50;

    /// <summary>Waits, bounded.</summary>
    /// <param name="place">What the copy is.</param>
    /// <param name="readMark">Reads the mark.</param>
    /// <param name="ledger">The ledger.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Why the copy is not current, or null where it is.</returns>
    public static async Task<Finding?> UntilCurrentAsync(
        string place, Func<CancellationToken, Task<CopyMark?>> readMark, ICoinLedger ledger, TimeProvider time, CancellationToken cancellationToken)
    {
        var head = await ledger.ReadHeadAsync(cancellationToken);
        CopyMark? mark = null;
        for (var step = 0; step < Steps; step++)
        {
            mark = await readMark(cancellationToken);
            if (mark?.Cursor >= head.Sequence)
            {
                return null;
            }

            await Task.Delay(Step, time, cancellationToken);
        }

        return Finding.Of("copy-behind", mark?.Cursor ?? 0, head.Sequence) with { Place = place };
    }
}
