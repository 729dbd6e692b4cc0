namespace GavatDashboard.Domain.Analysis;

/// <summary>Who referred whom.</summary>
/// <param name="referrals">By user, the users for whom this one earned a referral.</param>
public sealed class ReferralGraph(IReadOnlyDictionary<string, IReadOnlyCollection<string>> referrals)
{
    /// <summary>The shortest chain of referrals from a user back to the same user.</summary>
    /// <param name="userId">Who.</param>
    /// <param name="longest">The longest that is looked for, in users.</param>
    /// <returns>The users of the chain in its order, beginning with this one; empty where there is none.</returns>
    public IReadOnlyList<string> ShortestCycle(string userId, int longest)
    {
        var cameFrom = new Dictionary<string, string>(StringComparer.Ordinal);
        List<string> frontier = [userId];
        for (var length = 1; length <= longest && frontier.Count > 0; length++)
        {
            List<string> next = [];
            foreach (var from in frontier)
            {
                // In the order of their names, so that of two cycles of the same length always the same one is found.
                foreach (var to in Of(from).Order(StringComparer.Ordinal))
                {
                    if (to == userId && from != userId)
                    {
                        return Path(cameFrom, userId, from);
                    }

                    if (to != userId && cameFrom.TryAdd(to, from))
                    {
                        next.Add(to);
                    }
                }
            }

            frontier = next;
        }

        return [];
    }

    private IReadOnlyCollection<string> Of(string userId) => referrals.TryGetValue(userId, out var referred) ? referred : [];

    private static List<string> Path(Dictionary<string, string> cameFrom, string start, string end)
    {
        var path = new List<string> { end };
        while (path[^1] != start)
        {
            path.Add(cameFrom[path[^1]]);
        }

        path.Reverse();
        return path;
    }
}
