using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>Compares the copied accounts with the ledger's. A wrong copy is made anew, for an account of the right version is not written over.</summary>
internal sealed class CopiedAccountsCheck(ILedgerStores stores, IDocumentStore documents, TimeProvider time) : IReconciliationCheck
{
    private const int UsersAStep = 200;

    public string Name => CheckNames.CopiedAccounts;

    public async Task<CheckStep> StepAsync(string position, CancellationToken cancellationToken)
    {
        var ledger = stores.Current;
        var users = await UserPages.ReadAsync(ledger, position, UsersAStep, cancellationToken);
        if (users.Count == 0)
        {
            return CheckStep.End(0);
        }

        var before = await ledger.FindAccountsAsync(users, cancellationToken);
        if (await ProjectionWait.UntilCurrentAsync(Places.Documents, documents.ReadMarkAsync, ledger, time, cancellationToken) is { } behind)
        {
            return CheckStep.Wait(behind);
        }

        Finding? mismatch;
        try
        {
            var copies = await documents.ReadAccountsAsync(users, cancellationToken);
            mismatch = AccountBracket.FindWrong(Places.Documents, before, copies, await ledger.FindAccountsAsync(users, cancellationToken), mayLack: false);
        }
        catch (InvalidDataException damaged)
        {
            mismatch = Finding.Said(damaged.Message);
        }

        return mismatch is null ? CheckStep.GoOn(users.Count, users[^1]) : CheckStep.Found(0, mismatch, new Repair("copy-anew", documents.ClearAsync));
    }
}
