using Bunit;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Ledger;

namespace GavatDashboard.Tests.Ui.Ledger;

public sealed class LedgerProofViewTests : ComponentTest
{
    [Theory]
    [InlineData(500, 500, -500, "whole")]
    [InlineData(501, 500, -501, "broken")]
    [InlineData(500, 500, -499, "broken")]
    public void Proof_SumsThatDisagree_AreNeverCalledWhole(long balances, long entries, long system, string expected)
    {
        var totals = new LedgerTotals(new(balances), new(entries), 2, 9, new Dictionary<string, CoinAmount> { [SystemAccounts.Earn] = new(system) });

        var view = Context.Render<LedgerProofView>(parameters => parameters
            .Add(proof => proof.Proof, new LedgerProof(LedgerHead.Empty, totals, StoreKind.Sqlite, Now)));

        Assert.Single(view.FindAll($"[data-proof={expected}]"));
    }
}
