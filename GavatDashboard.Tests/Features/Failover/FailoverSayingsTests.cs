using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Shared.Text;
using GavatDashboard.Tests.Ui.Text;

namespace GavatDashboard.Tests.Features.Failover;

/// <summary>What the coordinator says in English is read in the reader's language.</summary>
public sealed class FailoverSayingsTests
{
    [Theory]
    [InlineData("The primary was taken back.", "Birincile geri dönüldü.")]
    [InlineData("By hand: yedekleme {0} [a.b]", "Elle: yedekleme {0} [a.b]")]
    [InlineData("PostgreSQL did not take a write within 0.75 s.", "PostgreSQL, 0.75 saniye içinde yazma almadı.")]
    [InlineData("The fallback does not hold everything that was acknowledged: another instance owns the ledger", "Yedek, onaylanmış her şeyi tutmuyor: defterin sahibi başka bir örnek")]
    [InlineData("PostgreSQL cannot be used: Failed to connect to 127.0.0.1:5432", "PostgreSQL kullanılamıyor: Failed to connect to 127.0.0.1:5432")]
    [InlineData("The account 'u-1' holds 41 coins as version 2 in the primary, 40 as version 3 in the fallback.", "'u-1' hesabında birincilde 2. sürüm olarak 41 jeton var, yedekte 3. sürüm olarak 40.")]
    [InlineData("something that a driver said", "something that a driver said")]
    [InlineData("", "")]
    public void Text_InTurkish_IsSaidInTurkish(string english, string turkish) => Reader.In("tr", texts => Assert.Equal(turkish, SystemWords.Of(english, texts)));

    [Fact]
    public void WhatTheMachineAndThePlanSay_IsKnown() => Reader.In("tr", texts =>
    {
        var machine = new FailoverMachine(new FailoverThresholds());
        var head = new LedgerHead(1, 5, new byte[32], 7);
        List<string?> said = [new FailoverMemory().Reason];
        foreach (var state in Enum.GetValues<FailoverState>())
        {
            var memory = new FailoverMemory { State = state, GoodProbes = 100 };
            said.Add(FailoverMachine.RefuseFailOver(memory));
            said.Add(FailoverMachine.RefuseRecover(memory));
            said.AddRange(((FailoverEvent[])
                [
                    new FailoverEvent.ProbeSucceeded(), new FailoverEvent.CaughtUp(), new FailoverEvent.SwitchedBack(), new FailoverEvent.TakenOver("This instance took the ledger over, by hand."), new FailoverEvent.Paused(),
                ]).Select(happened => machine.Next(memory, happened, TimeSpan.FromHours(1)).Memory.Reason));
        }

        said.Add(RecoveryPlan.FindFence(2, "other", 1, "own"));
        said.Add(RecoveryPlan.FindFence(2, "own", 1, "own"));
        said.Add(RecoveryPlan.FindFence(2, "", 1, "own"));
        said.Add(RecoveryPlan.FindDifference(head with { Revision = 1 }, head, null));
        said.Add(RecoveryPlan.FindDifference(head with { Revision = 9 }, head, null));
        said.Add(RecoveryPlan.FindDifference(head with { Revision = 9 }, head, head with { Revision = 9, Sequence = 8 }));
        Assert.All(said.OfType<string>(), text => Assert.NotEqual(text, SystemWords.Of(text, texts)));
    });
}
