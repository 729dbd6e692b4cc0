using System.Globalization;

namespace GavatDashboard.Stores;

/// <summary>The cache's generation, kept beside the primary ledger so that every instance sees the same.</summary>
internal sealed class LedgerCacheGeneration(LedgerStores stores) : ICacheGeneration
{
    private const string Key = "cache.generation";

    public async Task<long> ReadAsync(CancellationToken cancellationToken) =>
        await stores.PrimaryStorage.FindControlAsync(Key, cancellationToken) is { } value ? long.Parse(value, CultureInfo.InvariantCulture) : 0;

    public Task<long> AdvanceAsync(CancellationToken cancellationToken) => stores.PrimaryStorage.IncrementControlAsync(Key, cancellationToken);
}
