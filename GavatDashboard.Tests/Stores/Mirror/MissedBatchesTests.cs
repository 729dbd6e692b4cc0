using GavatDashboard.Stores.Mirror;

namespace GavatDashboard.Tests.Stores.Mirror;

public sealed class MissedBatchesTests
{
    private readonly MissedBatches _missed = new();

    [Fact]
    public void Take_LeavesOutWhatTheCopyHolds()
    {
        Hold(5);

        Assert.Equal([4L, 5L], _missed.Take(afterRevision: 3).Select(batch => batch.After.Revision));
        Assert.True(_missed.AreAllTaken);
    }

    [Fact]
    public void Take_OfMany_TakesAsMuchAsATransactionTakes()
    {
        Hold(300);

        Assert.Equal(256, _missed.Take(afterRevision: 0).Count);
        Assert.False(_missed.AreAllTaken);
        Assert.Equal(300, _missed.Take(afterRevision: 0)[^1].After.Revision);
    }

    [Fact]
    public void Add_OfMoreThanIsHeld_SaysThatTheCopyHasToBeginAgain()
    {
        Hold(20_000);
        Assert.True(_missed.IsComplete);

        Assert.Equal(1, _missed.Add(Batches.To(20_001)));

        Assert.False(_missed.IsComplete);
        _missed.Take(afterRevision: 0);
        Assert.False(_missed.AreAllTaken);
        _missed.Clear();
        Assert.True(_missed.IsComplete);
    }

    private void Hold(int batches)
    {
        for (var revision = 1; revision <= batches; revision++)
        {
            _missed.Add(Batches.To(revision));
        }
    }
}
