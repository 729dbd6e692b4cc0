using GavatDashboard.Domain.Failover;

namespace GavatDashboard.Features.Failover;

/// <summary>The steps of the failover machine that belong to its present round.</summary>
internal static class FailoverPath
{
    /// <summary>The steps since the primary was last left; while it takes the writes, the whole round before. Oldest first.</summary>
    /// <param name="journal">The changes of state, the newest first.</param>
    public static IReadOnlyList<FailoverJournalEntry> Of(IReadOnlyList<FailoverJournalEntry> journal)
    {
        var steps = journal.Where(entry => entry.From != entry.To).ToList();
        var left = steps.FindIndex(entry => entry.From == FailoverState.Primary);
        return [.. (left < 0 ? steps : steps.Take(left + 1)).Reverse()];
    }
}
