using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Projection;

/// <summary>
/// Keeps the leaderboards of all time, the current month and the current week. Every value is read from the ledger as it is
/// now and set as a whole, so that events may be handled any number of times.
/// </summary>
internal sealed class LeaderboardProjection(ILeaderboardStore boards, ILedgerStores ledgers, TimeProvider time) : IProjectionTarget
{
    private DateOnly _month;
    private DateOnly _week;

    public string Consumer => "redis";

    /// <summary>Current values of each user are all there is to know; going through the history would only take longer.</summary>
    public bool PrefersLedger => true;

    public async Task<CopyMark?> OpenAsync(CancellationToken cancellationToken)
    {
        boards.Disown();
        var mark = await boards.ReadMarkAsync(cancellationToken);

        // Boards of periods that began while nobody looked are not known to be whole.
        (_month, _week) = (default, default);
        return mark;
    }

    public async Task<bool> ApplyAsync(OutboxBatch batch, CopyMark? expected, CopyMark next, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return await boards.WriteAsync(await ToBatchAsync(ledgers.Current, batch.Users, batch.Accounts, PeriodsAt(now), cancellationToken), expected, next, cancellationToken);
    }

    public async Task<bool> ConfirmAsync(CopyMark mark, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        if (await boards.ReadMarkAsync(cancellationToken) != mark)
        {
            return false;
        }

        var periods = PeriodsAt(time.GetUtcNow());
        if ((_month, _week) != (periods[0].Start, periods[1].Start))
        {
            if (!await FillPeriodsAsync(periods, mark, cancellationToken))
            {
                return false;
            }

            (_month, _week) = (periods[0].Start, periods[1].Start);
        }

        boards.Vouch(mark, asOf, _month, _week);
        return true;
    }

    public Task ClearAsync(CancellationToken cancellationToken) => boards.ClearAsync(cancellationToken);

    public async Task<bool> BuildAsync(ICoinLedger ledger, CopyMark mark, CancellationToken cancellationToken)
    {
        var periods = PeriodsAt(time.GetUtcNow());
        await foreach (var (users, accounts) in LedgerPages.UsersAsync(ledger, cancellationToken))
        {
            if (!await boards.WriteAsync(await ToBatchAsync(ledger, users, accounts, periods, cancellationToken), null, null, cancellationToken))
            {
                return false;
            }
        }

        (_month, _week) = (periods[0].Start, periods[1].Start);
        return await boards.WriteAsync(new LeaderboardBatch([], []), null, mark, cancellationToken);
    }

    /// <summary>A month or week began, or boards were found that another process left behind: whoever has values in it gets them set.</summary>
    private async Task<bool> FillPeriodsAsync((LeaderboardPeriod, DateOnly)[] periods, CopyMark mark, CancellationToken cancellationToken)
    {
        var ledger = ledgers.Current;
        await foreach (var (users, _) in LedgerPages.UsersAsync(ledger, cancellationToken))
        {
            var totals = await ReadTotalsAsync(ledger, [.. users.Select(user => user.Id)], periods, cancellationToken);
            if (!await boards.WriteAsync(new LeaderboardBatch([], totals), mark, mark, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    private static async Task<LeaderboardBatch> ToBatchAsync(
        ICoinLedger ledger,
        IReadOnlyList<User> users,
        IReadOnlyList<Account> accounts,
        (LeaderboardPeriod, DateOnly)[] periods,
        CancellationToken cancellationToken)
    {
        var names = users.ToDictionary(user => user.Id, user => user.Username, StringComparer.Ordinal);
        var members = accounts
            .Where(account => !SystemAccounts.IsReserved(account.UserId))
            .Select(account => new LeaderboardMember(account, names[account.UserId]))
            .ToArray();
        return new LeaderboardBatch(members, await ReadTotalsAsync(ledger, [.. members.Select(member => member.Account.UserId)], periods, cancellationToken));
    }

    private static async Task<IReadOnlyList<PeriodValue>> ReadTotalsAsync(
        ICoinLedger ledger, IReadOnlyCollection<string> userIds, (LeaderboardPeriod Period, DateOnly Start)[] periods, CancellationToken cancellationToken)
    {
        var values = new List<PeriodValue>();
        if (userIds.Count == 0)
        {
            return values;
        }

        foreach (var (period, start) in periods)
        {
            var totals = await ledger.ReadPeriodTotalsAsync(userIds, period, start, cancellationToken);
            values.AddRange(totals.Select(total => new PeriodValue(period, start, total.UserId, total.Earned, total.Spent)));
        }

        return values;
    }

    private static (LeaderboardPeriod Period, DateOnly Start)[] PeriodsAt(DateTimeOffset now) =>
    [
        (LeaderboardPeriod.Month, LeaderboardPeriod.Month.StartOf(now)),
        (LeaderboardPeriod.Week, LeaderboardPeriod.Week.StartOf(now)),
    ];
}
