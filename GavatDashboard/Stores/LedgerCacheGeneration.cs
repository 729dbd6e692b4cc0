using System.Globalization;

namespace GavatDashboard.Stores;

/// <summary>The cache's generation, kept beside the ledger whose word counts, so that every instance sees the same.</summary>
internal sealed class LedgerCacheGeneration(LedgerStores stores, TimeProvider time) : ICacheGeneration
{
    private const string Key = "cache.generation";

    public async Task<long> ReadAsync(CancellationToken cancellationToken) =>
        await stores.CurrentStorage.FindControlAsync(Key, cancellationToken) is { } value ? long.Parse(value, CultureInfo.InvariantCulture) : 0;

    // The floor keeps a ledger that was made anew, or that gave way to the other one, from giving its numbers out again.
    public Task<long> AdvanceAsync(CancellationToken cancellationToken) => stores.CurrentStorage.IncrementControlAsync(Key, time.GetUtcNow().ToUnixTimeMilliseconds(), cancellationToken);
}
