using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores;

/// <summary>
/// Leaderboards kept ready for reading: all time, the current month, the current week. Values are absolute, so writing them
/// again is harmless. Nothing is served before <see cref="Vouch"/>. Writers throw <see cref="StoreUnavailableException"/>
/// while the store is out; readers then answer null.
/// </summary>
internal interface ILeaderboardStore : ILeaderboardCache
{
    /// <summary>How far the boards have come, or null where there are none.</summary>
    Task<CopyMark?> ReadMarkAsync(CancellationToken cancellationToken);

    /// <summary>Empties all boards and the mark.</summary>
    Task ClearAsync(CancellationToken cancellationToken);

    /// <summary>Sets values and moves the mark on, together, if the mark is still as expected. False means that the boards are not what the caller thinks.</summary>
    /// <param name="batch">The values.</param>
    /// <param name="expected">The mark the caller knows; null for none.</param>
    /// <param name="next">The new one; null leaves the boards without a mark, while they are being built.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<bool> WriteAsync(LeaderboardBatch batch, CopyMark? expected, CopyMark? next, CancellationToken cancellationToken);

    /// <summary>Says that the boards held all that the ledger held at an instant. They are served for a while from then on.</summary>
    /// <param name="mark">The boards' mark at that instant. Boards with an older one are not served.</param>
    /// <param name="asOf">The instant (UTC).</param>
    /// <param name="month">The first day of the month's board.</param>
    /// <param name="week">The first day of the week's board.</param>
    void Vouch(CopyMark mark, DateTimeOffset asOf, DateOnly month, DateOnly week);

    /// <summary>Stops serving until the next <see cref="Vouch"/>.</summary>
    void Disown();
}

/// <summary>Values to set on leaderboards.</summary>
/// <param name="Members">All-time values, names and tiers.</param>
/// <param name="Totals">Values of the month and the week.</param>
internal sealed record LeaderboardBatch(IReadOnlyList<LeaderboardMember> Members, IReadOnlyList<PeriodValue> Totals);

/// <summary>A user on the leaderboards.</summary>
/// <param name="Account">The account; its values are those of all time.</param>
/// <param name="Username">The name people know.</param>
internal sealed record LeaderboardMember(Account Account, string Username);

/// <summary>A user's values on the board of a month or a week.</summary>
/// <param name="Period">Month or week.</param>
/// <param name="Start">The day the period starts.</param>
/// <param name="UserId">Whose.</param>
/// <param name="Earned">Coins earned.</param>
/// <param name="Spent">Coins spent.</param>
internal sealed record PeriodValue(LeaderboardPeriod Period, DateOnly Start, string UserId, CoinAmount Earned, CoinAmount Spent);
