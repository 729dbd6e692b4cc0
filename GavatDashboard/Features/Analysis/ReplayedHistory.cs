using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Analysis;

/// <summary>A user's history as it would be had the month gone as it was replayed. Activity, devices, and who referred whom stay as they are.</summary>
/// <param name="history">The history as it is.</param>
/// <param name="entries">The entries of the month as they are.</param>
/// <param name="from">The beginning of the month (UTC).</param>
/// <param name="lastPurchaseBefore">The day of the last purchase before the month, or null where there was none.</param>
internal sealed class ReplayedHistory(UserHistory history, IReadOnlyList<Entry> entries, DateTimeOffset from, DateOnly? lastPurchaseBefore)
{
    private readonly Dictionary<Guid, Entry> _real = entries.ToDictionary(entry => entry.Id);

    /// <summary>The history after a replay.</summary>
    public UserHistory Under(ReplayedMonth month) => history with
    {
        Account = month.Account with { InDebt = history.Account.InDebt },
        Entries = [.. month.Entries.Select(ToHistory).Concat(history.Entries.Where(entry => entry.EffectiveAt < from)).OrderByDescending(entry => entry.EffectiveAt).Take(UserHistory.MostRows)],
        Refusals = [.. history.Refusals.Where(refusal => refusal.At < from), .. month.Refusals],
        Purchases = PurchasesUnder(month),
    };

    private HistoryEntry ToHistory(Entry entry)
    {
        var real = _real.GetValueOrDefault(entry.Id);
        return new(
            entry.Id, real?.Sequence ?? entry.Sequence, entry.Type, entry.Amount.Value, entry.RelatedUserId, entry.ReversalOf, entry.EffectiveAt,
            real is null || HistoryEntry.IsTimeKnown(real.EffectiveAt, real.RecordedAt));
    }

    private PurchaseHistory? PurchasesUnder(ReplayedMonth month)
    {
        var (was, would) = (PurchasesOf(entries), PurchasesOf(month.Entries));
        var days = (history.Purchases?.Days ?? 0) - was.Days.Count + would.Days.Count;
        if (days <= 0)
        {
            return null;
        }

        var isOlder = history.Purchases is { } purchases && purchases.FirstDay < DateOnly.FromDateTime(from.UtcDateTime);
        return new(
            isOlder ? history.Purchases!.FirstDay : would.Days.Min(),
            would.Days.Count > 0 ? would.Days.Max() : lastPurchaseBefore ?? history.Purchases!.FirstDay,
            days,
            (history.Purchases?.Coins ?? 0) - was.Coins + would.Coins);
    }

    /// <summary>Days with a purchase, and coins spent in them. A spending that was reversed is none.</summary>
    private static (HashSet<DateOnly> Days, long Coins) PurchasesOf(IReadOnlyList<Entry> entries)
    {
        var reversed = entries.Select(entry => entry.ReversalOf).OfType<Guid>().ToHashSet();
        var spends = entries.Where(entry => IsPurchase(entry) && !reversed.Contains(entry.Id)).ToList();
        return ([.. spends.Select(entry => DateOnly.FromDateTime(entry.EffectiveAt.UtcDateTime))], spends.Sum(entry => -entry.Amount.Value));
    }

    /// <summary>Whether an entry is a member's own spending.</summary>
    internal static bool IsPurchase(Entry entry) => entry.Type.Direction == EntryDirection.Spend && !entry.Type.NeedsAdmin;
}
