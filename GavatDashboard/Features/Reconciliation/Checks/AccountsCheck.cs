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
internal sealed class AccountsCheck(string name, ICoinLedger ledger, Func<string?> whyNot, TimeProvider time) : IReconciliationCheck
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

    private async Task<string?> CompareAsync(string userId, CancellationToken cancellationToken)
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
                return $"the user '{userId}' has no account";
            }

            if (before.Version == after.Version)
            {
                return CompareAccount(after, replay)
                    ?? CompareUsage(userId, replay, usage)
                    ?? (SystemAccounts.IsReserved(userId) ? null : ComparePeriod(userId, "month", replay.Month, ofMonth) ?? ComparePeriod(userId, "week", replay.Week, ofWeek));
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

    private static string? CompareAccount(Account account, AccountReplay replay)
    {
        if (replay.FirstWrong() is { } wrong)
        {
            return wrong;
        }

        if (account.Balance.Value != replay.Balance)
        {
            return $"the account '{account.UserId}' holds {account.Balance} coins; its entries sum to {replay.Balance}. The last of them, {replay.Last}, agrees with the sum";
        }

        if ((account.Earned.Value, account.Spent.Value, account.Granted.Value) != (replay.Earned, replay.Spent, replay.Granted))
        {
            return $"the account '{account.UserId}' says earned {account.Earned}, spent {account.Spent}, granted {account.Granted}; its entries come to {replay.Earned}, {replay.Spent}, {replay.Granted}";
        }

        return account.Balance < CoinAmount.Zero && !account.InDebt
            ? $"the account '{account.UserId}' holds {account.Balance} coins and is not flagged as a debt"
            : null;
    }

    private static string? CompareUsage(string userId, AccountReplay replay, IReadOnlyList<DayUsage> usage)
    {
        var kept = usage.ToDictionary(day => day.Day, day => (Earned: day.Earned.Value, Spent: day.Spent.Value, day.Messages));
        foreach (var day in kept.Keys.Union(replay.Usage.Keys).Order())
        {
            var (held, counted) = (kept.GetValueOrDefault(day), replay.Usage.GetValueOrDefault(day));
            if (held != counted)
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"the daily counters of user '{userId}' on {day:yyyy-MM-dd} say earned {held.Earned}, spent {held.Spent}, messages {held.Messages}; the entries come to {counted.Earned}, {counted.Spent}, {counted.Messages}");
            }
        }

        return null;
    }

    private static string? ComparePeriod(string userId, string period, (long Earned, long Spent) counted, IReadOnlyList<PeriodTotals> totals)
    {
        var held = totals is [var only] ? (only.Earned.Value, only.Spent.Value) : (0L, 0L);
        return held == counted
            ? null
            : $"the leaderboard of this {period} says that user '{userId}' earned {held.Item1} and spent {held.Item2}; the entries come to {counted.Earned} and {counted.Spent}";
    }
}
