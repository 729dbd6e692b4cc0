using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Projection;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>Compares the sorted sets with the ledger's totals: all time, this month, this week. Wrong boards are dropped and make themselves anew.</summary>
internal sealed class CachedBoardsCheck(
    ILedgerStores stores, ICacheInspection inspection, ILeaderboardStore boards, IProjectionStatus projections, TimeProvider time) : IReconciliationCheck
{
    private const int UsersAStep = 500;

    public string Name => CheckNames.CachedBoards;

    public async Task<CheckStep> StepAsync(string position, CancellationToken cancellationToken)
    {
        var ledger = stores.Current;
        var users = (await UserPages.ReadAsync(ledger, position, UsersAStep, cancellationToken)).Where(id => !SystemAccounts.IsReserved(id)).ToArray();
        if (users.Length == 0)
        {
            return position.Length == 0 ? CheckStep.GoOn(0, SystemAccounts.Canary) : CheckStep.End(0);
        }

        foreach (var period in Enum.GetValues<LeaderboardPeriod>())
        {
            var start = period.StartOf(time.GetUtcNow());
            var before = await ReadAsync(ledger, period, start, users, cancellationToken);
            if (await ProjectionWait.UntilCurrentAsync(projections, "redis", ledger, time, cancellationToken) is { } behind)
            {
                return CheckStep.Wait(behind);
            }

            var held = await inspection.ReadBoardAsync(period, start, users, cancellationToken);
            var after = await ReadAsync(ledger, period, start, users, cancellationToken);

            // A user whose totals moved meanwhile says nothing.
            var wrong = users.FirstOrDefault(id => before.GetValueOrDefault(id) == after.GetValueOrDefault(id) && held.GetValueOrDefault(id) != after.GetValueOrDefault(id));
            if (wrong is not null)
            {
                await boards.ClearAsync(cancellationToken);
                return CheckStep.Found(
                    0, $"the {period.ToString().ToLowerInvariant()} leaderboard in the cache says of user '{wrong}' {Say(held.GetValueOrDefault(wrong))}; the ledger says {Say(after.GetValueOrDefault(wrong))}. The boards are made anew");
            }
        }

        return CheckStep.GoOn(users.Length, users[^1]);
    }

    private static async Task<IReadOnlyDictionary<string, PeriodTotals>> ReadAsync(
        ICoinLedger ledger, LeaderboardPeriod period, DateOnly start, IReadOnlyCollection<string> users, CancellationToken cancellationToken)
    {
        var totals = period == LeaderboardPeriod.All
            ? (await ledger.FindAccountsAsync(users, cancellationToken)).Select(account => new PeriodTotals(account.UserId, account.Earned, account.Spent))
            : await ledger.ReadPeriodTotalsAsync(users, period, start, cancellationToken);
        return totals.ToDictionary(total => total.UserId, StringComparer.Ordinal);
    }

    private static string Say(PeriodTotals? totals) => totals switch
    {
        null => "nothing",
        { Earned.Value: long.MinValue } => $"values that do not fit each other (spent {totals.Spent})",
        _ => $"earned {totals.Earned}, spent {totals.Spent}",
    };
}
