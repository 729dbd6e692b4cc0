using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>Compares the accounts of the two ledgers.</summary>
/// <param name="truth">The ledger whose word counts.</param>
/// <param name="follower">The ledger that follows it.</param>
/// <param name="place">What the follower is.</param>
/// <param name="whyNot">Why they cannot be compared now, or null where they can.</param>
/// <param name="time">The clock.</param>
/// <param name="mayBeOld">Whether the follower is known to be behind.</param>
internal sealed class MirrorAccountsCheck(
    ICoinLedger truth, ICoinLedger follower, string place, Func<Finding?> whyNot, TimeProvider time, bool mayBeOld = false) : IReconciliationCheck
{
    private const int UsersAStep = 200;

    // An answer waits for the mirror, so what the primary shows is there soon.
    private static readonly TimeSpan Following = TimeSpan.FromMilliseconds(300);

    public string Name => CheckNames.MirrorAccounts;

    public async Task<CheckStep> StepAsync(string position, CancellationToken cancellationToken)
    {
        if (whyNot() is { } reason)
        {
            return CheckStep.Wait(reason);
        }

        var users = await UserPages.ReadAsync(truth, position, UsersAStep, cancellationToken);
        if (users.Count == 0)
        {
            return CheckStep.End(0);
        }

        var mismatch = await CompareAsync(users, mayBeOld ? TimeSpan.Zero : Following, cancellationToken)
            is null ? null : await CompareAsync(users, Following * 10, cancellationToken);
        return whyNot() is { } since ? CheckStep.Wait(since)
            : mismatch is null ? CheckStep.GoOn(users.Count, users[^1]) : CheckStep.Found(0, mismatch);
    }

    private async Task<Finding?> CompareAsync(IReadOnlyList<string> users, TimeSpan patience, CancellationToken cancellationToken)
    {
        var before = await truth.FindAccountsAsync(users, cancellationToken);
        await Task.Delay(patience, time, cancellationToken);
        var copies = await follower.FindAccountsAsync(users, cancellationToken);
        var after = await truth.FindAccountsAsync(users, cancellationToken);
        return AccountBracket.FindWrong(place, before, copies, after, mayLack: mayBeOld, mayBeOld);
    }
}
