using GavatDashboard.Domain.Analysis;
using GavatDashboard.Features.Segments;

namespace GavatDashboard.Tests.Ui.Segments;

public sealed class FlowShapeTests
{
    [Fact]
    public void Flow_OfMoves_HasANodeForEachEndAndABandForEachMove()
    {
        var shape = FlowShape.Of([new(Segment.Hot, Segment.Cold, 30), new(Segment.Hot, Segment.Regular, 10), new(Segment.Newbie, Segment.Regular, 60)]);

        Assert.Equal([(Segment.Hot, 40), (Segment.Newbie, 60)], shape.Left.Select(node => (node.Segment!.Value, node.Users)));
        Assert.Equal([(Segment.Regular, 70), (Segment.Cold, 30)], shape.Right.Select(node => (node.Segment!.Value, node.Users)));
        Assert.Equal(3, shape.Bands.Count);
        Assert.Equal(shape.Height, Math.Max(shape.Left[^1].Top + shape.Left[^1].Height, shape.Right[^1].Top + shape.Right[^1].Height));
    }

    [Fact]
    public void Flow_WithAFewUsersBesideMany_LeavesRoomForTheirName()
    {
        var shape = FlowShape.Of([new(Segment.Hot, Segment.Cold, 100_000), new(Segment.Newbie, Segment.Vip, 1)]);

        Assert.All(shape.Left.Concat(shape.Right), node => Assert.True(node.Height >= 22));
        Assert.True(shape.Left[1].Top >= shape.Left[0].Top + shape.Left[0].Height);
    }
}
