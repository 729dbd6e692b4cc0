using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;

namespace GavatDashboard.Tests.Domain.Failover;

public sealed class RecoveryPlanTests
{
    [Fact]
    public void FindDifference_PrimaryAtThePromotionWithoutTheBatchInDoubt_IsNone() =>
        Assert.Null(RecoveryPlan.FindDifference(Head(7, 20, 1), Head(7, 20, 1), null));

    [Fact]
    public void FindDifference_PrimaryWithTheBatchInDoubt_IsNone() =>
        Assert.Null(RecoveryPlan.FindDifference(Head(8, 21, 2), Head(7, 20, 1), Head(8, 21, 2)));

    [Theory]
    [InlineData(6, 18, 9, "lost what it had committed")]
    [InlineData(9, 30, 9, "somebody else wrote")]
    public void FindDifference_PrimaryElsewhere_IsNamed(long revision, long place, byte hash, string expected) =>
        Assert.Contains(expected, RecoveryPlan.FindDifference(Head(revision, place, hash), Head(7, 20, 1), null), StringComparison.Ordinal);

    [Fact]
    public void FindDifference_SameRevisionOtherChain_IsNamed() =>
        Assert.Contains("another chain", RecoveryPlan.FindDifference(Head(8, 21, 3), Head(7, 20, 1), Head(8, 21, 2)), StringComparison.Ordinal);

    [Theory]
    [InlineData(3, "", 3, true)]
    [InlineData(3, "me", 3, false)]
    [InlineData(2, "me", 3, false)]
    [InlineData(4, "me", 3, true)]
    [InlineData(3, "other", 3, true)]
    [InlineData(1, "other", 3, true)]
    public void FindFence_HigherEpochOrOtherOwnerOrNone_IsFenced(long found, string owner, long mine, bool isFenced) =>
        Assert.Equal(isFenced, RecoveryPlan.FindFence(found, owner, mine, "me") is not null);

    private static LedgerHead Head(long revision, long place, byte hash) => new(1, place, [hash], revision);
}
