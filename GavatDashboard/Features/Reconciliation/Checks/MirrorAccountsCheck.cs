using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>Compares the accounts of the two ledgers.</summary>
/// <param name="primary">The ledger.</param>
/// <param name="fallback">The ledger that mirrors it.</param>
/// <param name="whyNot">Why they cannot be compared now, or null where they can.</param>
/// <param name="time">The clock.</param>
internal sealed class MirrorAccountsCheck(ICoinLedger primary, ICoinLedger fallback, Func<string?> whyNot, TimeProvider time) : IReconciliationCheck
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

        var users = await UserPages.ReadAsync(primary, position, UsersAStep, cancellationToken);
        if (users.Count == 0)
        {
            return CheckStep.End(0);
        }

        var mismatch = await CompareAsync(users, Following, cancellationToken)
            is null ? null : await CompareAsync(users, Following * 10, cancellationToken);
        return whyNot() is { } since ? CheckStep.Wait(since)
            : mismatch is null ? CheckStep.GoOn(users.Count, users[^1]) : CheckStep.Found(0, mismatch);
    }

    private async Task<string?> CompareAsync(IReadOnlyList<string> users, TimeSpan patience, CancellationToken cancellationToken)
    {
        var before = await primary.FindAccountsAsync(users, cancellationToken);
        await Task.Delay(patience, time, cancellationToken);
        var copies = await fallback.FindAccountsAsync(users, cancellationToken);
        var after = await primary.FindAccountsAsync(users, cancellationToken);
        return AccountBracket.FindWrong("the fallback", before, copies, after, mayLack: false);
    }
}
