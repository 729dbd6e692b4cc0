using System.Globalization;

namespace GavatDashboard.Stores;

/// <summary>The cache's generation, kept beside the primary ledger so that every instance sees the same.</summary>
internal sealed class LedgerCacheGeneration(LedgerStores stores, TimeProvider time) : ICacheGeneration
{
    private const string Key = "cache.generation";

    public async Task<long> ReadAsync(CancellationToken cancellationToken) =>
        await stores.PrimaryStorage.FindControlAsync(Key, cancellationToken) is { } value ? long.Parse(value, CultureInfo.InvariantCulture) : 0;

    // The floor keeps a ledger that was made anew beside an old cache from giving its numbers out again.
    public Task<long> AdvanceAsync(CancellationToken cancellationToken) => stores.PrimaryStorage.IncrementControlAsync(Key, time.GetUtcNow().ToUnixTimeMilliseconds(), cancellationToken);
}
