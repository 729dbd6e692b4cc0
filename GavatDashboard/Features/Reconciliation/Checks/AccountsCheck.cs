using System.Globalization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>
/// Adds up each user's entries and compares with what the ledger keeps of them: balance, totals, daily counters, and the month's and
/// week's sums. An account whose version moves while it is read is read again, and left for the next pass where it never rests.
/// </summary>
/// <param name="name">The check's name.</param>
/// <param name="ledger">The ledger.</param>
/// <param name="whyNot">Why the ledger cannot be checked now, or null where it can.</param>
/// <param name="time">The clock.</param>
internal sealed class AccountsCheck(string name, ICoinLedger ledger, Func<Finding?> whyNot, TimeProvider time) : IReconciliationCheck
{
    private const int UsersAStep = 50;
    private const int EntryPage = 10_000;
    private const int Tries = 5;

    public string Name => name;

    public async Task<CheckStep> StepAsync(string position, CancellationToken cancellationToken)
    {
        if (whyNot() is { } reason)
        {
            return CheckStep.Wait(reason);
        }

        var users = await UserPages.ReadAsync(ledger, position, UsersAStep, cancellationToken);
        var done = 0;
        foreach (var userId in users)
        {
            var mismatch = await CompareAsync(userId, cancellationToken);
            if (whyNot() is { } since)
            {
                return CheckStep.Wait(since);
            }

            if (mismatch is not null)
            {
                return CheckStep.Found(done, mismatch);
            }

            done++;
        }

        return users.Count > 0 ? CheckStep.GoOn(done, users[^1]) : CheckStep.End(done);
    }

    private async Task<Finding?> CompareAsync(string userId, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < Tries; tries++)
        {
            var now = time.GetUtcNow();
            var (month, week) = (LeaderboardPeriod.Month.StartOf(now), LeaderboardPeriod.Week.StartOf(now));
            var before = await ledger.FindAccountAsync(userId, cancellationToken);
            var replay = new AccountReplay(await ReadEntriesAsync(userId, cancellationToken), month, week);
            var usage = await ledger.ListUsageAsync([userId], cancellationToken);
            var ofMonth = await ledger.ReadPeriodTotalsAsync([userId], LeaderboardPeriod.Month, month, cancellationToken);
            var ofWeek = await ledger.ReadPeriodTotalsAsync([userId], LeaderboardPeriod.Week, week, cancellationToken);
            var after = await ledger.FindAccountAsync(userId, cancellationToken);
            if (before is null || after is null)
            {
                return Finding.Of("account-missing", userId);
            }

            if (before.Version == after.Version)
            {
                return CompareAccount(after, replay)
                    ?? CompareUsage(userId, replay, usage)
                    ?? (SystemAccounts.IsReserved(userId) ? null : ComparePeriod(userId, "period-month", replay.Month, ofMonth) ?? ComparePeriod(userId, "period-week", replay.Week, ofWeek));
            }
        }

        return null;
    }

    private async Task<IReadOnlyList<Entry>> ReadEntriesAsync(string userId, CancellationToken cancellationToken)
    {
        var entries = new List<Entry>();
        while (true)
        {
            var query = new EntryQuery { UserId = userId, Before = entries.Count > 0 ? entries[^1].Id : null, Limit = EntryPage };
            var page = await ledger.ListEntriesAsync(query, cancellationToken);
            entries.AddRange(page);
            if (page.Count < EntryPage)
            {
                return entries;
            }
        }
    }

    private static Finding? CompareAccount(Account account, AccountReplay replay)
    {
        if (replay.FirstWrong() is { } wrong)
        {
            return wrong;
        }

        if (account.Balance.Value != replay.Balance)
        {
            return replay.Last is { } last
                ? Finding.Of("account-sum", account.UserId, account.Balance, replay.Balance, last.Id, last.Sequence)
                : Finding.Of("account-sum-empty", account.UserId, account.Balance);
        }

        if ((account.Earned.Value, account.Spent.Value, account.Granted.Value) != (replay.Earned, replay.Spent, replay.Granted))
        {
            return Finding.Of(
                "account-totals", account.UserId, account.Earned, account.Spent, account.Granted, replay.Earned, replay.Spent, replay.Granted);
        }

        return account.Balance < CoinAmount.Zero && !account.InDebt
            ? Finding.Of("account-negative", account.UserId, account.Balance)
            : null;
    }

    private static Finding? CompareUsage(string userId, AccountReplay replay, IReadOnlyList<DayUsage> usage)
    {
        // Summed, for a day that stands with the account and in the table as well is a mistake to be found, too.
        var kept = usage.GroupBy(row => row.Day).ToDictionary(
            day => day.Key, day => (Earned: day.Sum(row => row.Earned.Value), Spent: day.Sum(row => row.Spent.Value), Messages: day.Sum(row => row.Messages)));
        foreach (var day in kept.Keys.Union(replay.Usage.Keys).Order())
        {
            var (held, counted) = (kept.GetValueOrDefault(day), replay.Usage.GetValueOrDefault(day));
            if (held != counted)
            {
                return Finding.Of(
                    "daily-counters", userId, day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), held.Earned, held.Spent, held.Messages, counted.Earned, counted.Spent, counted.Messages);
            }
        }

        return null;
    }

    private static Finding? ComparePeriod(string userId, string code, (long Earned, long Spent) counted, IReadOnlyList<PeriodTotals> totals)
    {
        var held = totals is [var only] ? (only.Earned.Value, only.Spent.Value) : (0L, 0L);
        return held == counted
            ? null
            : Finding.Of(code, userId, held.Item1, held.Item2, counted.Earned, counted.Spent);
    }
}
