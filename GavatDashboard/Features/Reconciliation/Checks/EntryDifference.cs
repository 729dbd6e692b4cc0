using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>The first place at which a copy of the log differs from the log.</summary>
/// <param name="Fitting">How many entries fit before it.</param>
/// <param name="Finding">What differs.</param>
/// <param name="IsExtra">Whether the copy holds an entry that the ledger does not.</param>
internal sealed record EntryDifference(int Fitting, Finding Finding, bool IsExtra)
{
    /// <summary>Compares two stretches over the same places, both in the order of the log.</summary>
    /// <param name="place">What the copy is.</param>
    /// <param name="copy">The copy.</param>
    /// <param name="ledger">The ledger.</param>
    /// <param name="isSame">Whether an entry of the copy is the ledger's.</param>
    /// <returns>Null where they are the same.</returns>
    public static EntryDifference? Find(string place, IReadOnlyList<Entry> copy, IReadOnlyList<Entry> ledger, Func<Entry, Entry, bool> isSame)
    {
        for (var i = 0; i < Math.Max(copy.Count, ledger.Count); i++)
        {
            if (i < copy.Count && (i >= ledger.Count || copy[i].Sequence < ledger[i].Sequence))
            {
                return new EntryDifference(i, Say("copy-extra-entry", copy[i]), IsExtra: true);
            }

            if (i >= copy.Count || copy[i].Sequence > ledger[i].Sequence)
            {
                return new EntryDifference(i, Say("copy-lacks-entry", ledger[i]), IsExtra: false);
            }

            if (!isSame(copy[i], ledger[i]))
            {
                return new EntryDifference(i, Say("copy-other-entry", ledger[i]), IsExtra: copy[i].Id != ledger[i].Id);
            }
        }

        return null;

        Finding Say(string code, Entry entry) => Finding.Of(code, entry.Id, entry.Sequence, entry.UserId) with { Place = place };
    }
}
