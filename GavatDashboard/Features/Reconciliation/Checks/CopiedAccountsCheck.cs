using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Projection;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>Compares the copied accounts with the ledger's. A wrong copy is made anew, for an account of the right version is not written over.</summary>
internal sealed class CopiedAccountsCheck(ILedgerStores stores, IDocumentStore documents, IProjectionStatus projections, TimeProvider time) : IReconciliationCheck
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
        if (await ProjectionWait.UntilCurrentAsync(projections, "mongodb", ledger, time, cancellationToken) is { } behind)
        {
            return CheckStep.Wait(behind);
        }

        string? mismatch;
        try
        {
            var copies = await documents.ReadAccountsAsync(users, cancellationToken);
            mismatch = AccountBracket.FindWrong("the document store", before, copies, await ledger.FindAccountsAsync(users, cancellationToken), mayLack: false);
        }
        catch (InvalidDataException damaged)
        {
            mismatch = damaged.Message;
        }

        if (mismatch is null)
        {
            return CheckStep.GoOn(users.Count, users[^1]);
        }

        await documents.ClearAsync(cancellationToken);
        return CheckStep.Found(0, $"{mismatch}. The copy is made anew");
    }
}
