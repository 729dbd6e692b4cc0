using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Analysis;

/// <summary>Reads from the ledger all that an analysis builds upon.</summary>
internal sealed class HistoryReader(ILedgerStores stores)
{
    private const int EntryLimit = 2_000;
    private const int ActivityLimit = 2_000;
    private const int ReferralLimit = 20;

    /// <summary>A user's history, or null where there is no such user.</summary>
    public async Task<UserHistory?> ReadAsync(string userId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ledger = stores.Current;
        var from = now.AddDays(-UserHistory.WindowDays);
        if (await ledger.FindUserAsync(userId, cancellationToken) is not { } user
            || await ledger.FindAccountAsync(userId, cancellationToken) is not { } account)
        {
            return null;
        }

        var entries = await ledger.ListEntriesAsync(new EntryQuery { UserId = userId, From = from, Limit = EntryLimit }, cancellationToken);
        var before = await ledger.ListEntriesAsync(new EntryQuery { UserId = userId, To = from, Limit = 1 }, cancellationToken);
        var activities = await ledger.ListActivitiesAsync(userId, from, ActivityLimit, cancellationToken);
        return new UserHistory
        {
            User = user,
            Account = account,
            Entries = entries,
            LastBefore = before.Count > 0 ? before[0] : null,
            Activities = activities,
            Refusals = await ledger.ListRefusalsAsync(userId, from, cancellationToken),
            ReferredBy = await FindMutualReferrersAsync(ledger, userId, entries, cancellationToken),
            IsCut = entries.Count == EntryLimit || activities.Count == ActivityLimit,
        };
    }

    /// <summary>Of those whom the user referred, the ones who referred the user: all that the rules on rings ask for.</summary>
    private static async Task<List<string>> FindMutualReferrersAsync(
        ICoinLedger ledger, string userId, IReadOnlyList<Entry> entries, CancellationToken cancellationToken)
    {
        var referral = EntryType.FromStore("earn_referral");
        var referred = entries.Where(entry => entry.Type == referral).Select(entry => entry.RelatedUserId).OfType<string>()
            .Where(other => other != userId).Distinct(StringComparer.Ordinal).Take(ReferralLimit);
        var mutual = new List<string>();
        foreach (var other in referred)
        {
            var theirs = await ledger.ListEntriesAsync(new EntryQuery { UserId = other, Type = referral, Limit = EntryLimit }, cancellationToken);
            if (theirs.Any(entry => entry.RelatedUserId == userId))
            {
                mutual.Add(other);
            }
        }

        return mutual;
    }
}
