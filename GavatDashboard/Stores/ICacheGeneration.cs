namespace GavatDashboard.Stores;

/// <summary>
/// The number in every cache key, kept in the ledger: what the cache cannot vouch for any more is left behind under the
/// old number. It lives in the ledger because only the ledger outlives a lost, restored or replaced cache.
/// </summary>
public interface ICacheGeneration
{
    /// <summary>The present generation; 0 where there never was one.</summary>
    /// <exception cref="Domain.Coins.StoreUnavailableException">The ledger cannot be reached.</exception>
    Task<long> ReadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Moves on durably and returns the new generation: greater than every one before, and at least the milliseconds since
    /// 1970, so that a ledger that was made anew beside an old cache never repeats a number.
    /// </summary>
    /// <exception cref="Domain.Coins.StoreUnavailableException">The ledger cannot be reached.</exception>
    Task<long> AdvanceAsync(CancellationToken cancellationToken);
}
