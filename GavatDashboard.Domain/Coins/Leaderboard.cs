namespace GavatDashboard.Domain.Coins;

/// <summary>What a leaderboard ranks by.</summary>
public enum LeaderboardOrder
{
    /// <summary>Coins at hand; within a month or week, earned less spent.</summary>
    Balance,

    /// <summary>Coins earned.</summary>
    Earned,

    /// <summary>Coins spent.</summary>
    Spent,
}

/// <summary>The time a leaderboard covers.</summary>
public enum LeaderboardPeriod
{
    /// <summary>All time.</summary>
    All,

    /// <summary>The current UTC month.</summary>
    Month,

    /// <summary>The current UTC week, from Monday.</summary>
    Week,
}

/// <summary>One line of a leaderboard.</summary>
/// <param name="Rank">From 1; equal values share a rank.</param>
/// <param name="UserId">Who.</param>
/// <param name="Username">The name people know.</param>
/// <param name="Value">Coins.</param>
/// <param name="Tier">The tier that counts.</param>
public sealed record LeaderboardRow(long Rank, string UserId, string Username, CoinAmount Value, Tier Tier);

/// <summary>What a user earned and spent in a period.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Earned">Coins earned, less what was reversed.</param>
/// <param name="Spent">Coins spent, less what was reversed.</param>
public sealed record PeriodTotals(string UserId, CoinAmount Earned, CoinAmount Spent);

/// <summary>Calendar arithmetic of leaderboards.</summary>
public static class LeaderboardPeriods
{
    /// <summary>The UTC day on which the period around an instant starts; the same day for ever for all time.</summary>
    public static DateOnly StartOf(this LeaderboardPeriod period, DateTimeOffset at)
    {
        var day = DateOnly.FromDateTime(at.UtcDateTime);
        return period switch
        {
            LeaderboardPeriod.Month => new DateOnly(day.Year, day.Month, 1),
            LeaderboardPeriod.Week => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
            _ => DateOnly.MinValue,
        };
    }

    /// <summary>The day after the last of the period that starts on a day.</summary>
    public static DateOnly EndOf(this LeaderboardPeriod period, DateOnly start) => period switch
    {
        LeaderboardPeriod.Month => start.AddMonths(1),
        LeaderboardPeriod.Week => start.AddDays(7),
        _ => DateOnly.MaxValue,
    };

    /// <summary>
    /// The first day of the slice around an instant: the days that its month and its week have in common. Months and weeks are both made
    /// of whole slices, so one sum a slice serves both.
    /// </summary>
    public static DateOnly SliceOf(DateTimeOffset at)
    {
        var month = LeaderboardPeriod.Month.StartOf(at);
        var week = LeaderboardPeriod.Week.StartOf(at);
        return month > week ? month : week;
    }
}
