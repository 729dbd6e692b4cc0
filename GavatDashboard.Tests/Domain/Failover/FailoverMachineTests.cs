using GavatDashboard.Domain.Failover;

namespace GavatDashboard.Tests.Domain.Failover;

/// <summary>Every row of the table of states.</summary>
public sealed class FailoverMachineTests
{
    private static readonly FailoverThresholds Thresholds = new();
    private readonly FailoverMachine _machine = new(Thresholds);
    private FailoverMemory _memory = new();
    private TimeSpan _now;

    [Fact]
    public void Primary_FailedWrite_IsSuspectAndHoldsWrites()
    {
        Assert.Equal([FailoverEffect.HoldWrites], Tell(new FailoverEvent.WriteFailed("57P01")));
        Assert.Equal((FailoverState.Suspect, "57P01"), (_memory.State, _memory.Reason));
    }

    [Fact]
    public void Primary_FailedProbe_IsSuspectAndHoldsWrites()
    {
        Assert.Equal([FailoverEffect.HoldWrites], Bad());
        Assert.Equal(FailoverState.Suspect, _memory.State);
    }

    [Fact]
    public void Suspect_OneGoodProbe_IsPrimaryAgain()
    {
        Bad();
        Assert.Equal([FailoverEffect.WriteToPrimary], Good());
        Assert.Equal(FailoverState.Primary, _memory.State);
    }

    [Fact]
    public void Suspect_ThreeFailedProbesOverHalfTheTime_WaitsForTheRest()
    {
        Bad();
        Bad(0.7);
        Assert.Empty(Bad(0.7));
        Assert.Equal([FailoverEffect.Promote], Bad(0.2));
        Assert.Equal(FailoverState.Promoting, _memory.State);
    }

    [Fact]
    public void Suspect_TwoFailedProbesOverAllTheTime_WaitsForTheThird()
    {
        Bad();
        Assert.Empty(Bad(2));
        Assert.Equal([FailoverEffect.Promote], Bad(0.1));
    }

    [Fact]
    public void Suspect_WriteThatFailedAgain_CountsAsNoProbe()
    {
        Tell(new FailoverEvent.WriteFailed("first"));
        Bad();
        Assert.Empty(Tell(new FailoverEvent.WriteFailed("second"), 2));
        Assert.Equal(1, _memory.BadProbes);
    }

    [Fact]
    public void Suspect_BatchesThatFailAgainAlthoughProbesAreGood_WaitLongerEachTimeAndAreAnOutageInTheEnd()
    {
        Tell(new FailoverEvent.WriteFailed("53100"));
        Assert.Equal([FailoverEffect.WriteToPrimary], Good());
        Tell(new FailoverEvent.WriteFailed("53100", IsAgain: true), 0.1);
        Assert.Empty(Good(0.1));
        Assert.Equal([FailoverEffect.WriteToPrimary], Good(0.2));
        Assert.Equal([FailoverEffect.HoldWrites], Tell(new FailoverEvent.WriteFailed("53100", IsAgain: true), 0.1));
        Assert.Empty(Good(0.4));
        Assert.Equal([FailoverEffect.WriteToPrimary], Good(0.6));
        Assert.Equal([FailoverEffect.HoldWrites, FailoverEffect.Promote], Tell(new FailoverEvent.WriteFailed("53100", IsAgain: true), 0.1));
        Assert.Equal(FailoverState.Promoting, _memory.State);
    }

    [Fact]
    public void Suspect_BatchesThatFailWithGoodOnesBetween_AreNoOutage()
    {
        for (var time = 0; time < 20; time++)
        {
            Assert.Equal([FailoverEffect.HoldWrites], Tell(new FailoverEvent.WriteFailed("08006"), 0.2));
            Assert.Equal([FailoverEffect.WriteToPrimary], Good());
        }
    }

    [Fact]
    public void Suspect_Paused_StaysUntilResumed()
    {
        Tell(new FailoverEvent.Paused());
        for (var i = 0; i < 20; i++)
        {
            Bad();
        }

        Assert.Equal((FailoverState.Suspect, null), (_memory.State, _machine.NextStep(_memory)));
        Tell(new FailoverEvent.Resumed());
        Assert.Equal([FailoverEffect.Promote], Bad());
    }

    [Fact]
    public void Promoting_Promoted_WritesToTheFallback()
    {
        Outage();
        Assert.Equal([FailoverEffect.WriteToFallback], Tell(new FailoverEvent.Promoted()));
        Assert.Equal((FailoverState.Fallback, Thresholds.MinimumStay), (_memory.State, _memory.Stay));
    }

    [Fact]
    public void Promoting_Refused_IsReadOnlyUntilThePrimaryIsBack()
    {
        Outage();
        Assert.Equal([FailoverEffect.RefuseWrites], Tell(new FailoverEvent.PromotionRefused("no marker")));
        Assert.Equal(FailoverState.ReadOnly, _memory.State);
        Assert.Empty(Bad());
        Assert.Equal([FailoverEffect.WriteToPrimary], Good());
    }

    [Fact]
    public void Fallback_GoodProbesForTenSecondsAndTheMinimumStay_Recovers()
    {
        FailOver();
        for (var i = 0; i < 7; i++)
        {
            Assert.Empty(Good(2));
        }

        Assert.Equal([FailoverEffect.Recover], Good(2));
        Assert.Equal(FailoverState.Recovering, _memory.State);
    }

    [Fact]
    public void Fallback_OneFailedProbe_BeginsToCountAnew()
    {
        FailOver();
        for (var i = 0; i < 7; i++)
        {
            Good(2);
        }

        Bad();
        for (var i = 0; i < 5; i++)
        {
            Assert.Empty(Good(2));
        }

        Assert.Equal([FailoverEffect.Recover], Good(2));
    }

    [Fact]
    public void Fallback_Paused_NeverRecoversByItselfButByHand()
    {
        FailOver();
        Tell(new FailoverEvent.Paused());
        for (var i = 0; i < 100; i++)
        {
            Assert.Empty(Good(2));
        }

        Assert.Equal([FailoverEffect.Recover], Tell(new FailoverEvent.RecoverRequested("now")));
    }

    [Fact]
    public void Recovering_CaughtUp_SwitchesBackAndReturns()
    {
        Recover();
        Assert.Equal([FailoverEffect.HoldWrites, FailoverEffect.SwitchBack], Tell(new FailoverEvent.CaughtUp()));
        Assert.Equal(FailoverState.Switchback, _memory.State);
        Assert.Equal([FailoverEffect.WriteToPrimary], Tell(new FailoverEvent.SwitchedBack()));
        Assert.Equal(FailoverState.Primary, _memory.State);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Recovering_PrimaryFailsAgain_StaysOnTheFallbackForTwiceAsLong(bool isSwitching)
    {
        Recover();
        if (isSwitching)
        {
            Tell(new FailoverEvent.CaughtUp());
        }

        Assert.Equal([FailoverEffect.WriteToFallback], Tell(new FailoverEvent.RecoveryFailed("gone")));
        Assert.Equal((FailoverState.Fallback, 2 * Thresholds.MinimumStay), (_memory.State, _memory.Stay));
    }

    [Fact]
    public void Recovering_HangsWhileProbesFail_IsToldToEnd()
    {
        Recover();
        Bad();
        Bad(1);
        Assert.Equal([FailoverEffect.CancelAction], Bad(1));
        Assert.Equal(FailoverState.Recovering, _memory.State);
    }

    [Fact]
    public void Flapping_DoublesTheStayUpToTheLongest_AndASteadyPrimaryForgivesIt()
    {
        var stays = new List<double>();
        for (var i = 0; i < 7; i++)
        {
            FailOver();
            stays.Add(_memory.Stay.TotalSeconds);
            Return();
        }

        Assert.Equal([15, 30, 60, 120, 240, 300, 300], stays);
        _now += Thresholds.LongestStay;
        FailOver();
        Assert.Equal(Thresholds.MinimumStay, _memory.Stay);
    }

    [Theory]
    [InlineData(FailoverState.Fallback)]
    [InlineData(FailoverState.Recovering)]
    [InlineData(FailoverState.Switchback)]
    public void Mismatch_WhileTheFallbackCounts_BlocksTheRecoveryAndKeepsServing(FailoverState state)
    {
        _memory = _memory with { State = state };
        Assert.Equal([FailoverEffect.WriteToFallback], Tell(new FailoverEvent.Mismatched("account 7")));
        Assert.Equal((FailoverState.RecoveryBlocked, "account 7"), (_memory.State, _memory.Reason));
        for (var i = 0; i < 50; i++)
        {
            Assert.Empty(Good(10));
        }

        Assert.Equal([FailoverEffect.Recover], Tell(new FailoverEvent.RecoverRequested("looked at it")));
    }

    [Theory]
    [InlineData(FailoverState.Primary)]
    [InlineData(FailoverState.Suspect)]
    [InlineData(FailoverState.Promoting)]
    [InlineData(FailoverState.Fallback)]
    [InlineData(FailoverState.Recovering)]
    [InlineData(FailoverState.Switchback)]
    [InlineData(FailoverState.ReadOnly)]
    [InlineData(FailoverState.RecoveryBlocked)]
    public void Superseded_Anywhere_IsFencedForGood(FailoverState state)
    {
        _memory = _memory with { State = state };
        Assert.Equal([FailoverEffect.CancelAction, FailoverEffect.RefuseWrites], Tell(new FailoverEvent.Superseded("epoch 9")));
        Good();
        Bad();
        Tell(new FailoverEvent.FailOverRequested("please"));
        Tell(new FailoverEvent.RecoverRequested("please"));
        Assert.Equal(FailoverState.Fenced, _memory.State);
        Assert.Equal([FailoverEffect.WriteToPrimary], Tell(new FailoverEvent.TakenOver("by hand")));
    }

    [Fact]
    public void FailOver_ByHand_DrainsThePrimaryFirstAndStaysUntilAPersonAsks()
    {
        Assert.Equal([FailoverEffect.HoldWrites, FailoverEffect.DrainAndPromote], Tell(new FailoverEvent.FailOverRequested("maintenance")));
        Tell(new FailoverEvent.Promoted());
        for (var i = 0; i < 100; i++)
        {
            Assert.Empty(Good(5));
        }

        Assert.Null(_machine.NextStep(_memory));
        Assert.Equal([FailoverEffect.Recover], Tell(new FailoverEvent.RecoverRequested("done")));
        Assert.False(_memory.IsHeld);
    }

    [Fact]
    public void Requests_ThatDoNotFit_ChangeNothing()
    {
        Assert.Empty(Tell(new FailoverEvent.RecoverRequested("what from?")));
        FailOver();
        Assert.Empty(Tell(new FailoverEvent.FailOverRequested("again")));
        Assert.NotNull(FailoverMachine.RefuseFailOver(_memory));
        Recover();
        Assert.Empty(Tell(new FailoverEvent.RecoverRequested("again")));
        Assert.Equal(FailoverState.Recovering, _memory.State);
    }

    [Fact]
    public void Abort_OfARecovery_StaysOnTheFallback()
    {
        Recover();
        Assert.Equal([FailoverEffect.CancelAction, FailoverEffect.WriteToFallback], Tell(new FailoverEvent.AbortRequested("not now")));
        Assert.Equal((FailoverState.Fallback, true), (_memory.State, _memory.IsHeld));
    }

    [Theory]
    [InlineData(FailoverState.Primary, FailoverState.Primary)]
    [InlineData(FailoverState.Suspect, FailoverState.Primary)]
    [InlineData(FailoverState.Promoting, FailoverState.Primary)]
    [InlineData(FailoverState.ReadOnly, FailoverState.Primary)]
    [InlineData(FailoverState.Fallback, FailoverState.Fallback)]
    [InlineData(FailoverState.Recovering, FailoverState.Fallback)]
    [InlineData(FailoverState.Switchback, FailoverState.Fallback)]
    [InlineData(FailoverState.RecoveryBlocked, FailoverState.RecoveryBlocked)]
    [InlineData(FailoverState.Fenced, FailoverState.Fenced)]
    public void Resume_AfterARestart_GoesOnWhereItCan(FailoverState before, FailoverState after)
    {
        var resumed = FailoverMachine.Resume(new FailoverMemory { State = before, IsPaused = true, BadProbes = 2, Stay = Thresholds.MinimumStay }, TimeSpan.FromSeconds(3));

        Assert.Equal((after, true, 0, TimeSpan.FromSeconds(3)), (resumed.State, resumed.IsPaused, resumed.BadProbes, resumed.Since));
        Assert.Equal(Thresholds.MinimumStay, resumed.Stay);
    }

    [Fact]
    public void NextStep_InFallback_IsNoEarlierThanTheMinimumStay()
    {
        FailOver();
        var entered = _now;
        Good(1);

        Assert.Equal((FailoverState.Recovering, entered + Thresholds.MinimumStay), _machine.NextStep(_memory));
    }

    [Fact]
    public void Codes_OfAllStates_ReadBack() =>
        Assert.All(Enum.GetValues<FailoverState>(), state => Assert.Equal(state, FailoverStates.Parse(state.ToCode())));

    [Fact]
    public void Primary_Released_ForwardsAndFollows()
    {
        Assert.Equal([FailoverEffect.ForwardWrites], Tell(new FailoverEvent.Released("given up")));
        Assert.Equal((FailoverState.Following, "given up"), (_memory.State, _memory.Reason));
    }

    [Theory]
    [InlineData(FailoverState.Suspect)]
    [InlineData(FailoverState.Promoting)]
    [InlineData(FailoverState.Fallback)]
    [InlineData(FailoverState.Recovering)]
    [InlineData(FailoverState.Switchback)]
    [InlineData(FailoverState.ReadOnly)]
    [InlineData(FailoverState.RecoveryBlocked)]
    [InlineData(FailoverState.Fenced)]
    public void Elsewhere_Released_StaysWhereItIs(FailoverState state)
    {
        _memory = _memory with { State = state };
        Assert.Empty(Tell(new FailoverEvent.Released("given up")));
        Assert.Equal(state, _memory.State);
    }

    [Fact]
    public void Following_WhateverThePrimaryDoes_FollowsOn()
    {
        Tell(new FailoverEvent.Released("given up"));
        for (var i = 0; i < 10; i++)
        {
            Assert.Empty(Bad(2));
            Assert.Empty(Tell(new FailoverEvent.WriteFailed("no answer")));
        }

        Assert.Empty(Good());
        Assert.Equal((FailoverState.Following, null), (_memory.State, _machine.NextStep(_memory)));
        Assert.NotNull(FailoverMachine.RefuseFailOver(_memory));
        Assert.NotNull(FailoverMachine.RefuseRecover(_memory));
    }

    [Fact]
    public void Following_AnotherOwner_NotesItsNameAndMovesNothing()
    {
        Tell(new FailoverEvent.Superseded("owned by a", MayFollow: true));
        var since = _memory.Since;
        Assert.Empty(Tell(new FailoverEvent.Superseded("owned by b", MayFollow: true)));
        Assert.Equal((FailoverState.Following, "owned by b", since), (_memory.State, _memory.Reason, _memory.Since));
    }

    [Fact]
    public void Following_TakenOver_WritesToThePrimary()
    {
        Tell(new FailoverEvent.Superseded("owned by a", MayFollow: true));
        Assert.Equal([FailoverEffect.WriteToPrimary], Tell(new FailoverEvent.TakenOver("given up in order")));
        Assert.Equal(FailoverState.Primary, _memory.State);
    }

    [Theory]
    [InlineData(FailoverState.Primary)]
    [InlineData(FailoverState.Fallback)]
    public void Owner_TakenOver_IsNothingNew(FailoverState state)
    {
        _memory = _memory with { State = state };
        Assert.Empty(Tell(new FailoverEvent.TakenOver("by hand")));
        Assert.Equal(state, _memory.State);
    }

    [Fact]
    public void Fenced_OnceNothingIsHereThatTheOwnerLacks_Follows()
    {
        FailOver();
        Tell(new FailoverEvent.Superseded("owned by a"));
        Assert.Equal(FailoverState.Fenced, _memory.State);
        Assert.Equal([FailoverEffect.CancelAction, FailoverEffect.ForwardWrites], Tell(new FailoverEvent.Superseded("owned by a", MayFollow: true)));
        Assert.Equal(FailoverState.Following, _memory.State);
    }

    private IReadOnlyList<FailoverEffect> Tell(FailoverEvent happened, double afterSeconds = 0)
    {
        _now += TimeSpan.FromSeconds(afterSeconds);
        var step = _machine.Next(_memory, happened, _now);
        _memory = step.Memory;
        return step.Effects;
    }

    private IReadOnlyList<FailoverEffect> Good(double afterSeconds = 0.5) => Tell(new FailoverEvent.ProbeSucceeded(), afterSeconds);

    private IReadOnlyList<FailoverEffect> Bad(double afterSeconds = 0.5) => Tell(new FailoverEvent.ProbeFailed("no answer"), afterSeconds);

    private void Outage()
    {
        Bad();
        Bad(1);
        Bad(1);
    }

    private void FailOver()
    {
        Outage();
        Tell(new FailoverEvent.Promoted());
    }

    private void Recover()
    {
        if (_memory.State != FailoverState.Fallback)
        {
            FailOver();
        }

        Tell(new FailoverEvent.RecoverRequested("test"));
    }

    private void Return()
    {
        Recover();
        Tell(new FailoverEvent.CaughtUp());
        Tell(new FailoverEvent.SwitchedBack());
    }
}
