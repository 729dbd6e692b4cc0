using GavatDashboard.Domain.Analysis;

namespace GavatDashboard.Stores.Analysis;

/// <summary>Who referred whom, around some users.</summary>
internal sealed class ReferralReads
{
    /// <summary>The most users whose referrals are followed in the search for circles, for one batch.</summary>
    private const int MostFollowed = 20_000;

    private readonly ReferralGraph _graph;

    private ReferralReads(ILookup<string, Referral> referred, ILookup<string, string> referredBy, ReferralGraph graph) =>
        (Referred, ReferredBy, _graph) = (referred, referredBy, graph);

    public ILookup<string, Referral> Referred { get; }

    public ILookup<string, string> ReferredBy { get; }

    public static async Task<ReferralReads> ReadAsync(AnalysisSession session, IReadOnlyCollection<string> userIds)
    {
        var sql = session.Dialect.Sql;
        var referred = (await session.ListOfAsync(
            """
            SELECT r.user_id, r.related_user_id, r.entry_id, r.effective_at, b.spent, u.registered_at, b.last_activity_at,
                   (SELECT count(DISTINCT o.user_id) FROM coin_transactions o
                    WHERE o.type = 'earn_referral' AND o.related_user_id = r.related_user_id AND o.user_id <> r.user_id)
            FROM coin_transactions r LEFT JOIN users u ON u.user_id = r.related_user_id LEFT JOIN coin_balances b ON b.user_id = r.related_user_id
            WHERE r.type = 'earn_referral' AND r.related_user_id IS NOT NULL AND {0}
            """,
            "r.user_id", userIds,
            row => (UserId: row.GetString(0), Referral: new Referral(
                row.GetString(1), sql.GetId(row, 2), sql.GetTime(row, 3), row.IsDBNull(4) ? 0 : row.GetInt64(4), sql.GetTimeOrNull(row, 5), sql.GetTimeOrNull(row, 6), (int)row.GetInt64(7)))))
            .ToLookup(row => row.UserId, row => row.Referral, StringComparer.Ordinal);
        var referredBy = (await session.ListOfAsync(
            "SELECT DISTINCT related_user_id, user_id FROM coin_transactions WHERE type = 'earn_referral' AND {0}", "related_user_id", userIds,
            row => (UserId: row.GetString(0), By: row.GetString(1)))).ToLookup(row => row.UserId, row => row.By, StringComparer.Ordinal);

        // Only whoever referred and was referred can be part of a circle.
        var edges = userIds.Where(user => referredBy[user].Any() && referred[user].Any())
            .ToDictionary(user => user, user => (IReadOnlyCollection<string>)referred[user].Select(referral => referral.UserId).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        await FollowAsync(session, edges);
        return new(referred, referredBy, new ReferralGraph(edges));
    }

    /// <summary>The shortest circle of referrals that a user is part of; empty where there is none.</summary>
    public IReadOnlyList<string> CycleOf(string userId) =>
        ReferredBy[userId].Any() && Referred[userId].Any() ? _graph.ShortestCycle(userId, UserHistory.LongestCycle) : [];

    private static async Task FollowAsync(AnalysisSession session, Dictionary<string, IReadOnlyCollection<string>> edges)
    {
        for (var depth = 1; depth < UserHistory.LongestCycle && edges.Count < MostFollowed; depth++)
        {
            var next = edges.Values.SelectMany(users => users).Where(user => !edges.ContainsKey(user)).Distinct(StringComparer.Ordinal).ToArray();
            var found = (await session.ListOfAsync(
                "SELECT DISTINCT user_id, related_user_id FROM coin_transactions WHERE type = 'earn_referral' AND related_user_id IS NOT NULL AND {0}", "user_id", next,
                row => (From: row.GetString(0), To: row.GetString(1)))).ToLookup(row => row.From, row => row.To, StringComparer.Ordinal);
            foreach (var user in next)
            {
                edges[user] = [.. found[user]];
            }
        }
    }
}
