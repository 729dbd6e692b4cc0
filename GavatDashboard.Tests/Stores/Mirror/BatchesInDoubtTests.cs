using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Mirror;

namespace GavatDashboard.Tests.Stores.Mirror;

public sealed class BatchesInDoubtTests
{
    private readonly LedgerDelta _first = Batches.To(1);
    private readonly LedgerDelta _second = Batches.To(2);
    private readonly BatchesInDoubt _inDoubt = new() { Head = Batches.Head(0) };

    public BatchesInDoubtTests()
    {
        _inDoubt.Add(_first);
        _inDoubt.Add(_second);
    }

    [Fact]
    public void Add_OfMoreThanMayBeInDoubt_Throws()
    {
        Assert.True(_inDoubt.IsFull);
        Assert.Throws<InvalidOperationException>(() => _inDoubt.Add(Batches.To(3)));
    }

    [Fact]
    public void Commit_OfTheOldest_MovesTheHeadAndMakesRoom()
    {
        _inDoubt.Commit(_first);

        Assert.Equal((1, 2), (_inDoubt.Head!.Revision, _inDoubt.End!.Revision));
        Assert.Same(_second, _inDoubt.Oldest);
    }

    [Fact]
    public void Remove_OfTheFirst_TakesWhatBuildsOnItToo()
    {
        Assert.True(_inDoubt.Remove(_first));

        Assert.Null(_inDoubt.Oldest);
        Assert.Equal(0, _inDoubt.End!.Revision);
    }

    [Fact]
    public void Remove_OfAnotherBatchOfTheSameRevision_RemovesNothing()
    {
        Assert.False(_inDoubt.Remove(Batches.To(1)));

        Assert.Same(_first, _inDoubt.Oldest);
    }

    [Fact]
    public void Following_AHead_LeavesOutWhatBuildsOnAnother()
    {
        Assert.Equal([_first, _second], _inDoubt.Following(Batches.Head(0)));
        Assert.Empty(_inDoubt.Following(Batches.Head(0) with { Epoch = 7 }));
    }
}
