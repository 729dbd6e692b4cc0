namespace GavatDashboard.Domain.Coins;

/// <summary>A user's balance at an instant of the past.</summary>
/// <param name="UserId">Whose.</param>
/// <param name="At">The instant (UTC, whole microseconds).</param>
/// <param name="Balance">The sum of all entries that took effect at or before the instant, whenever they were written.</param>
/// <param name="Entries">How many entries that is.</param>
/// <param name="LaterEntries">How many of them were written after the instant: imports and corrections with an earlier date.</param>
/// <param name="LaterCoins">What those come to. The balance less this is what the ledger said at the instant itself.</param>
public sealed record BalanceAt(string UserId, DateTimeOffset At, CoinAmount Balance, long Entries, long LaterEntries, CoinAmount LaterCoins);

/// <summary>Answers what a balance was.</summary>
/// <remarks>
/// The time that counts is the one at which an entry took effect, for that is what entries, charts and daily sums go by: a purchase
/// of May that is imported in June belongs to May. What was not yet written then is told beside it.
/// </remarks>
public interface IBalanceHistory
{
    /// <summary>The balance at an instant that has passed, exact, or null where there is no such user.</summary>
    /// <exception cref="StoreUnavailableException">No ledger can be reached.</exception>
    Task<Reading<BalanceAt>?> FindAsync(string userId, DateTimeOffset at, CancellationToken cancellationToken);
}
