using GavatDashboard.Domain.Analysis;

namespace GavatDashboard.Tests.Analysis;

public sealed class ReferralGraphTests
{
    [Theory]
    [InlineData("ab bc ca", "abc")]
    [InlineData("ab ba bc ca", "ab")]
    [InlineData("ab bc cd", "")]
    [InlineData("ab bc cb", "")]
    [InlineData("aa", "")]
    [InlineData("ab bc cd de ef fa", "abcdef")]
    [InlineData("ab bc cd de ef fg ga", "")]
    [InlineData("ac ab bd cd da", "abd")]
    public void ShortestCycle_FromA_IsFound(string edges, string expected)
    {
        var graph = new ReferralGraph(edges.Split(' ').GroupBy(edge => edge[..1], edge => edge[1..]).ToDictionary(group => group.Key, group => (IReadOnlyCollection<string>)[.. group]));

        Assert.Equal(expected, string.Concat(graph.ShortestCycle("a", UserHistory.LongestCycle)));
    }
}
