using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Domain.Analysis;

/// <summary>The numbers that speak of abuse, each with what it was found in. None of them looks at how much a user spends.</summary>
/// <param name="history">What the stores know of the user.</param>
/// <param name="entries">Entries up to now, oldest first.</param>
/// <param name="now">The instant of the analysis (UTC).</param>
internal sealed class RiskFacts(UserHistory history, IReadOnlyList<HistoryEntry> entries, DateTimeOffset now)
{
    private const int DormantDays = 60;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>A referred user has this long to come back before counting as hollow.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromDays(3);

    public void AddTo(Dictionary<string, FactValue> values)
    {
        values[FactNames.BusiestHourEarns] = FactValue.In(BusiestHour([.. Since(30).Where(entry => entry.IsOwnEarn && entry.HasTimeOfDay)]));
        values[FactNames.LimitRefusals7] = Refused(Refusal.DailyLimit);
        values[FactNames.FundsRefusals7] = Refused(Refusal.InsufficientFunds);
        values[FactNames.EarnOnlyCoins] = new(history.Account.Spent == CoinAmount.Zero ? (history.Account.Earned - history.Account.Granted).Value : 0);
        values[FactNames.BurstEntries] = FactValue.In(BurstAfterDormancy());
        values[FactNames.Reversals90] = FactValue.In([.. Since(90).Where(entry => entry.Type == EntryType.Reversal)]);
        values[FactNames.SharedDeviceUsers] = FactValue.OfUsers([.. history.SharedDevices.SelectMany(device => device.Users).Distinct(StringComparer.Ordinal)]);
        AddReferrals(values);
    }

    private void AddReferrals(Dictionary<string, FactValue> values)
    {
        var referred = history.Referred.Where(referral => referral.At <= now && referral.UserId != history.User.Id).ToList();
        values[FactNames.Referrals30] = Of([.. referred.Where(referral => referral.At > now.AddDays(-30))]) with { Users = [] };
        values[FactNames.MutualReferrals] = Of([.. referred.Where(referral => history.ReferredBy.Contains(referral.UserId))]);
        values[FactNames.ReferralCycle] = history.ReferralCycle.Count > 0
            ? new(history.ReferralCycle.Count) { Users = [.. history.ReferralCycle.Where(user => user != history.User.Id)] }
            : new(0);
        var hollow = referred.Where(IsHollow).ToList();
        values[FactNames.ReferredHollow] = Of(hollow);
        values[FactNames.ReferredHollowPercent] = new(referred.Count > 0 ? hollow.Count * 100L / referred.Count : 0);
        values[FactNames.DoubleReferrals] = Of([.. referred.Where(referral => referral.OtherReferrers > 0)]);
    }

    /// <summary>An account that was made and left: it never spent, and nobody came back after the first day.</summary>
    private bool IsHollow(Referral referral) =>
        referral.Spent == 0 && referral.At < now - Patience
        && (referral.RegisteredAt is not { } registered || referral.LastSeenAt is not { } seen || seen < registered + Day);

    private static FactValue Of(IReadOnlyList<Referral> referrals) => FactValue.OfUsers([.. referrals.Select(referral => referral.UserId).Distinct(StringComparer.Ordinal)]) with
    {
        EntryIds = [.. referrals.OrderByDescending(referral => referral.At).ThenBy(referral => referral.EntryId).Take(FactValue.MostNamed).Select(referral => referral.EntryId)],
        From = referrals.Count > 0 ? referrals.Min(referral => referral.At) : null,
        To = referrals.Count > 0 ? referrals.Max(referral => referral.At) : null,
    };

    private FactValue Refused(string code)
    {
        var refusals = history.Refusals.Where(refusal => refusal.Code == code && refusal.At > now.AddDays(-7) && refusal.At <= now).Select(refusal => refusal.At).ToList();
        return refusals.Count == 0 ? new(0) : new(refusals.Count) { From = refusals.Min(), To = refusals.Max() };
    }

    private static List<HistoryEntry> BusiestHour(List<HistoryEntry> earns)
    {
        List<HistoryEntry> most = [];
        for (int first = 0, last = 0; last < earns.Count; last++)
        {
            while (earns[last].EffectiveAt - earns[first].EffectiveAt >= Hour)
            {
                first++;
            }

            if (last - first + 1 > most.Count)
            {
                most = earns.GetRange(first, last - first + 1);
            }
        }

        return most;
    }

    /// <summary>The most entries within a day that begins after a long silence and lies in the last 30 days.</summary>
    private List<HistoryEntry> BurstAfterDormancy()
    {
        var timed = entries.Where(entry => entry.HasTimeOfDay).ToList();
        List<HistoryEntry> most = [];
        for (var i = 0; i < timed.Count; i++)
        {
            var at = timed[i].EffectiveAt;
            var before = i > 0 ? timed[i - 1].EffectiveAt : history.LastEntryBefore;
            if (at > now.AddDays(-30) && before is { } last && at - last >= TimeSpan.FromDays(DormantDays))
            {
                var burst = timed.Skip(i).TakeWhile(entry => entry.EffectiveAt < at + Day).ToList();
                most = burst.Count > most.Count ? burst : most;
            }
        }

        return most;
    }

    private IEnumerable<HistoryEntry> Since(int days) => entries.Where(entry => entry.EffectiveAt > now.AddDays(-days));
}
