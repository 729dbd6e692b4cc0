namespace GavatDashboard.Domain.Analysis;

/// <summary>A user's place among all others, from 1 (the lowest fifth) to 5.</summary>
/// <param name="Recency">5 for those who were seen last.</param>
/// <param name="Frequency">5 for those who come most often.</param>
/// <param name="Monetary">5 for those who spend most.</param>
public sealed record RfmScores(int Recency, int Frequency, int Monetary);

/// <summary>
/// Where the fifths of a community part. The score is 1 plus the number of breaks below a value, so that equal values always have
/// the same score; those that lie across a break share the lower one.
/// </summary>
/// <param name="Recency">The breaks of days since last seen, counted backwards (less is better): four negative numbers, ascending.</param>
/// <param name="Frequency">The breaks of active days.</param>
/// <param name="Monetary">The breaks of coins spent.</param>
public sealed record RfmScale(IReadOnlyList<long> Recency, IReadOnlyList<long> Frequency, IReadOnlyList<long> Monetary)
{
    private const int Fifths = 5;

    /// <summary>Finds the breaks of a community.</summary>
    /// <param name="users">Recency in days, active days and coins of everybody who was ever seen; at least one.</param>
    public static RfmScale Of(IReadOnlyCollection<(long RecencyDays, long Frequency, long Monetary)> users)
    {
        ArgumentNullException.ThrowIfNull(users);
        ArgumentOutOfRangeException.ThrowIfZero(users.Count);
        return new(Breaks(users.Select(user => -user.RecencyDays)), Breaks(users.Select(user => user.Frequency)), Breaks(users.Select(user => user.Monetary)));
    }

    /// <summary>The scores of a user who was seen.</summary>
    public RfmScores Score(long recencyDays, long frequency, long monetary) =>
        new(Score(Recency, -recencyDays), Score(Frequency, frequency), Score(Monetary, monetary));

    private static int Score(IReadOnlyList<long> breaks, long value) => 1 + breaks.Count(limit => value > limit);

    /// <summary>The k-th break is the highest value of the lowest k fifths.</summary>
    private static long[] Breaks(IEnumerable<long> values)
    {
        var ascending = values.Order().ToArray();
        return [.. Enumerable.Range(1, Fifths - 1).Select(k => ascending[(int)(((long)ascending.Length * k + Fifths - 1) / Fifths) - 1])];
    }
}
