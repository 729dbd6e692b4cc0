using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>
/// Compares the sorted sets with the ledger's totals: all time, this month, this week; first whether every user is there with the right
/// totals, then whether anybody is there whom the ledger does not know. Wrong boards are dropped and make themselves anew.
/// </summary>
internal sealed class CachedBoardsCheck(ILedgerStores stores, ICacheInspection inspection, ILeaderboardStore boards, TimeProvider time) : IReconciliationCheck
{
    private const int UsersAStep = 500;

    /// <summary>No user's id holds a colon, so this is no id.</summary>
    private const string Members = "members:";

    private static readonly (LeaderboardOrder By, LeaderboardPeriod Period)[] Boards =
        [.. from period in Enum.GetValues<LeaderboardPeriod>() from order in Enum.GetValues<LeaderboardOrder>() select (order, period)];

    public string Name => CheckNames.CachedBoards;

    public Task<CheckStep> StepAsync(string position, CancellationToken cancellationToken) => position.StartsWith(Members, StringComparison.Ordinal)
        ? CompareMembersAsync(position[Members.Length..].Split(':'), cancellationToken)
        : CompareUsersAsync(position, cancellationToken);

    private async Task<CheckStep> CompareUsersAsync(string position, CancellationToken cancellationToken)
    {
        var ledger = stores.Current;
        var users = (await UserPages.ReadAsync(ledger, position, UsersAStep, cancellationToken)).Where(id => !SystemAccounts.IsReserved(id)).ToArray();
        if (users.Length == 0)
        {
            return CheckStep.GoOn(0, position.Length == 0 ? SystemAccounts.Canary : MembersFrom(0, 0));
        }

        foreach (var period in Enum.GetValues<LeaderboardPeriod>())
        {
            var start = period.StartOf(time.GetUtcNow());
            var before = await ReadAsync(ledger, period, start, users, cancellationToken);
            if (await UntilCurrentAsync(ledger, cancellationToken) is { } behind)
            {
                return CheckStep.Wait(behind);
            }

            var held = await inspection.ReadBoardAsync(period, start, users, cancellationToken);
            var after = await ReadAsync(ledger, period, start, users, cancellationToken);

            // A user whose totals moved meanwhile says nothing.
            var wrong = users.FirstOrDefault(id => before.GetValueOrDefault(id) == after.GetValueOrDefault(id) && held.GetValueOrDefault(id) != after.GetValueOrDefault(id));
            if (wrong is not null)
            {
                return Found(Say(wrong, held.GetValueOrDefault(wrong), after.GetValueOrDefault(wrong)) with { Place = Places.BoardOf(period) });
            }
        }

        return CheckStep.GoOn(users.Length, users[^1]);
    }

    private async Task<CheckStep> CompareMembersAsync(string[] position, CancellationToken cancellationToken)
    {
        var (board, offset) = (int.Parse(position[0], CultureInfo.InvariantCulture), long.Parse(position[1], CultureInfo.InvariantCulture));
        var ledger = stores.Current;
        var (by, period) = Boards[board];
        var start = period.StartOf(time.GetUtcNow());

        // Boards that are being made anew may hold anything. The members first: whom they hold the ledger knew before.
        if (await UntilCurrentAsync(ledger, cancellationToken) is { } behind)
        {
            return CheckStep.Wait(behind);
        }

        var members = await inspection.ListMembersAsync(by, period, start, offset, UsersAStep, cancellationToken);
        var known = await ReadAsync(ledger, period, start, members, cancellationToken);
        var stranger = members.FirstOrDefault(id => SystemAccounts.IsReserved(id) || !known.ContainsKey(id));
        if (stranger is not null && period.StartOf(time.GetUtcNow()) == start)
        {
            return Found(Finding.Of("board-stranger", stranger) with { Place = Places.BoardOf(period) });
        }

        return members.Count == UsersAStep ? CheckStep.GoOn(0, MembersFrom(board, offset + UsersAStep))
            : board + 1 < Boards.Length ? CheckStep.GoOn(0, MembersFrom(board + 1, 0)) : CheckStep.End(0);
    }

    private Task<Finding?> UntilCurrentAsync(ICoinLedger ledger, CancellationToken cancellationToken) =>
        ProjectionWait.UntilCurrentAsync(Places.BoardOf(LeaderboardPeriod.All), boards.ReadMarkAsync, ledger, time, cancellationToken);

    private CheckStep Found(Finding finding) => CheckStep.Found(0, finding, new Repair("boards-anew", boards.ClearAsync));

    private static string MembersFrom(int board, long offset) => string.Create(CultureInfo.InvariantCulture, $"{Members}{board}:{offset}");

    private static async Task<IReadOnlyDictionary<string, PeriodTotals>> ReadAsync(
        ICoinLedger ledger, LeaderboardPeriod period, DateOnly start, IReadOnlyCollection<string> users, CancellationToken cancellationToken)
    {
        if (users.Count == 0)
        {
            return new Dictionary<string, PeriodTotals>();
        }

        var totals = period == LeaderboardPeriod.All
            ? (await ledger.FindAccountsAsync(users, cancellationToken)).Select(account => new PeriodTotals(account.UserId, account.Earned, account.Spent))
            : await ledger.ReadPeriodTotalsAsync(users, period, start, cancellationToken);
        return totals.ToDictionary(total => total.UserId, StringComparer.Ordinal);
    }

    private static Finding Say(string userId, PeriodTotals? held, PeriodTotals? totals) => (held, totals) switch
    {
        (_, null) => Finding.Of("board-stranger", userId),
        (null, _) => Finding.Of("board-lacks", userId, totals.Earned, totals.Spent),
        ({ Earned.Value: long.MinValue }, _) => Finding.Of("board-crooked", userId, totals.Earned, totals.Spent),
        _ => Finding.Of("board-total", userId, held.Earned, held.Spent, totals.Earned, totals.Spent),
    };
}
