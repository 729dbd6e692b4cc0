using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Projection;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>Waits until a copy of the ledger has what the ledger has now.</summary>
internal static class ProjectionWait
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);
    private const int Steps = 50;

    /// <summary>Waits, bounded.</summary>
    /// <returns>Why the copy is not current, or null where it is.</returns>
    public static async Task<string?> UntilCurrentAsync(
        IProjectionStatus projections, string consumer, ICoinLedger ledger, TimeProvider time, CancellationToken cancellationToken)
    {
        var head = await ledger.ReadHeadAsync(cancellationToken);
        for (var step = 0; step < Steps; step++)
        {
            if (projections.Read().FirstOrDefault(status => status.Consumer == consumer) is { Phase: ProjectionPhase.Following } following && following.Cursor >= head.Sequence)
            {
                return null;
            }

            await Task.Delay(Step, time, cancellationToken);
        }

        return "the copy has not caught up with the ledger";
    }
}
