using GavatDashboard.Features.Coins;

namespace GavatDashboard.Features.Economy;

/// <summary>Tells that another policy was published by this process.</summary>
internal sealed class PolicyWatch : ILedgerObserver
{
    /// <summary>Hears of it, on the writer's thread: return at once.</summary>
    public event Action? Changed;

    /// <inheritdoc />
    public void OnCommitted(LedgerCommit commit, int waiting)
    {
        if (commit.Delta.Policy is not null)
        {
            Changed?.Invoke();
        }
    }
}
