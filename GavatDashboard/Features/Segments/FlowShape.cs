using System.Globalization;
using GavatDashboard.Domain.Analysis;

namespace GavatDashboard.Features.Segments;

/// <summary>Movement as two columns of segments with a band for each from and to. Heights are pixels; the width is a hundred units.</summary>
/// <param name="Height">The height of the picture.</param>
/// <param name="Left">Where users came from.</param>
/// <param name="Right">Where they went to.</param>
/// <param name="Bands">The movement between both.</param>
internal sealed record FlowShape(double Height, IReadOnlyList<FlowNode> Left, IReadOnlyList<FlowNode> Right, IReadOnlyList<FlowBand> Bands)
{
    private const double Full = 300;
    private const double LeastNode = 22;
    private const double Gap = 8;

    /// <summary>Lays movement out. A node is never so low that its name would not fit, and its bands share its height by their users.</summary>
    public static FlowShape Of(IReadOnlyList<SegmentMove> moves)
    {
        var total = Math.Max(1, moves.Sum(move => move.Users));
        var left = Stack(moves.GroupBy(move => move.From).OrderBy(group => group.Key ?? (Segment)(-1)).Select(group => (group.Key, group.Sum(move => move.Users))), total);
        var right = Stack(moves.GroupBy(move => (Segment?)move.To).OrderBy(group => group.Key).Select(group => (group.Key, group.Sum(move => move.Users))), total);
        var ends = left.Concat(right).Select(node => node.Top + node.Height).DefaultIfEmpty(0).Max();
        var (leftAt, rightAt) = (left.ToDictionary(Key, node => node.Top), right.ToDictionary(Key, node => node.Top));
        var bands = new List<FlowBand>();
        foreach (var move in moves.OrderBy(move => move.From ?? (Segment)(-1)).ThenBy(move => move.To))
        {
            var (from, to) = (left.Single(node => node.Segment == move.From), right.Single(node => node.Segment == move.To));
            var (startHeight, endHeight) = (from.Height * move.Users / from.Users, to.Height * move.Users / to.Users);
            var (start, end) = (leftAt[Key(from)], rightAt[Key(to)]);
            bands.Add(new(move.From, move.To, move.Users, Path(start, startHeight, end, endHeight)));
            leftAt[Key(from)] += startHeight;
            rightAt[Key(to)] += endHeight;
        }

        return new(ends, left, right, bands);

        static int Key(FlowNode node) => node.Segment is { } segment ? (int)segment : -1;
    }

    private static List<FlowNode> Stack(IEnumerable<(Segment? Segment, long Users)> nodes, long total)
    {
        var (stacked, top) = (new List<FlowNode>(), 0.0);
        foreach (var (segment, users) in nodes)
        {
            var height = Math.Max(LeastNode, Full * users / total);
            stacked.Add(new(segment, users, top, height));
            top += height + Gap;
        }

        return stacked;
    }

    private static string Path(double start, double startHeight, double end, double endHeight) => string.Create(
        CultureInfo.InvariantCulture,
        $"M0 {start:0.#}C50 {start:0.#} 50 {end:0.#} 100 {end:0.#}V{end + endHeight:0.#}C50 {end + endHeight:0.#} 50 {start + startHeight:0.#} 0 {start + startHeight:0.#}Z");
}

/// <summary>A segment at one side of the flow.</summary>
/// <param name="Segment">The segment; null for users who had none yet.</param>
/// <param name="Users">Users who came from it or went to it.</param>
/// <param name="Top">Its upper edge.</param>
/// <param name="Height">Its height.</param>
internal sealed record FlowNode(Segment? Segment, long Users, double Top, double Height);

/// <summary>Users who went from one segment to another.</summary>
/// <param name="From">The segment before; null for users who had none yet.</param>
/// <param name="To">The segment after.</param>
/// <param name="Users">How many.</param>
/// <param name="Path">Its outline.</param>
internal sealed record FlowBand(Segment? From, Segment To, long Users, string Path);
