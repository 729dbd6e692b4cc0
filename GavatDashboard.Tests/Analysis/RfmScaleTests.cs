using CsCheck;
using GavatDashboard.Domain.Analysis;

namespace GavatDashboard.Tests.Analysis;

public sealed class RfmScaleTests
{
    [Fact]
    public void Score_OfTenDifferentUsers_PutsTwoIntoEachFifth()
    {
        var users = Enumerable.Range(1, 10).Select(i => ((long)i, (long)i, (long)i * 10)).ToArray();
        var scale = RfmScale.Of(users);

        Assert.Equal([1, 1, 2, 2, 3, 3, 4, 4, 5, 5], users.Select(user => scale.Score(user.Item1, user.Item2, user.Item3).Frequency));
        Assert.Equal([1, 1, 2, 2, 3, 3, 4, 4, 5, 5], users.Select(user => scale.Score(user.Item1, user.Item2, user.Item3).Monetary));

        // The fewer days ago, the better.
        Assert.Equal([5, 5, 4, 4, 3, 3, 2, 2, 1, 1], users.Select(user => scale.Score(user.Item1, user.Item2, user.Item3).Recency));
    }

    [Fact]
    public void Score_OfATieAcrossABreak_IsTheLowerOneForAll()
    {
        // Seven of ten spent nothing: they fill the lowest fifth and share it.
        var users = Enumerable.Range(1, 10).Select(i => (1L, 1L, i <= 7 ? 0L : i)).ToArray();
        var scale = RfmScale.Of(users);

        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 4, 5, 5], users.Select(user => scale.Score(user.Item1, user.Item2, user.Item3).Monetary));
    }

    [Fact]
    public void Score_OfOneUser_IsTheLowest() => Assert.Equal(new RfmScores(1, 1, 1), RfmScale.Of([(3, 4, 5)]).Score(3, 4, 5));

    [Fact]
    public void Score_OfAnyCommunity_GrowsWithTheValueAndIsTheSameForEquals() =>
        Gen.Long[0, 50].Array[1, 200].Sample(values =>
        {
            var scale = RfmScale.Of([.. values.Select(value => (value, value, value))]);
            var scores = values.Order().Select(value => scale.Score(value, value, value)).ToArray();

            Assert.Equal(scores.Select(score => score.Monetary), scores.Select(score => score.Monetary).Order());
            Assert.Equal(scores.Select(score => score.Recency), scores.Select(score => score.Recency).OrderDescending());
            Assert.All(scores, score => Assert.InRange(score.Frequency, 1, 5));
        });
}
