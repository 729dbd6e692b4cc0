namespace GavatDashboard.Features.Reconciliation;

/// <summary>How the comparison of the stores stands, as every viewer sees it.</summary>
public interface IReconciliationFeed
{
    /// <summary>Every check, in the order in which they are shown.</summary>
    IReadOnlyList<CheckState> Current { get; }

    /// <summary>Hears of every change, on the worker's thread: return at once.</summary>
    /// <param name="onChange">Called after each change.</param>
    /// <returns>Ends the subscription.</returns>
    IDisposable Subscribe(Action onChange);

    /// <summary>Lets every check that rests begin its next pass at once.</summary>
    void RunNow();
}
