using GavatDashboard.Features.Projection;

namespace GavatDashboard.Features.Coins;

/// <summary>Wakes the projections after a commit that they must hear of.</summary>
internal sealed class OutboxBell(IOutboxSignal signal) : ILedgerObserver
{
    public void OnCommitted(LedgerCommit commit, int waiting)
    {
        if (commit.Delta.HasEvents)
        {
            signal.Raise();
        }
    }
}
