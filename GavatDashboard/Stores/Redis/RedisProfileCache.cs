using System.Text.Json;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace GavatDashboard.Stores.Redis;

/// <summary>Computed values in Redis, under the same generation as the balances.</summary>
internal sealed class RedisProfileCache(RedisConnection connection, CacheTrust trust, IOptions<RedisOptions> options) : IProfileCache
{
    private static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(1);
    private readonly TimeSpan _timeout = TimeSpan.FromMilliseconds(options.Value.LookupTimeoutMs);

    public async Task<T?> FindAsync<T>(string key, CancellationToken cancellationToken)
        where T : class
    {
        var state = trust.State;
        if (!state.IsTrusted || connection.TryGet() is not { } database)
        {
            return null;
        }

        try
        {
            var value = await database.StringGetAsync(Key(state, key)).WaitAsync(_timeout, cancellationToken);
            return value.IsNull || !ReferenceEquals(state, trust.State)
                ? null
                : JsonSerializer.Deserialize<T>((byte[])value!, JsonSerializerOptions.Web);
        }
        catch (Exception failure) when (RedisConnection.IsOutage(failure))
        {
            trust.Distrust("a lookup in the cache failed");
            return null;
        }
        catch (JsonException)
        {
            // Written by another version of this program: as good as nothing, and soon replaced.
            return null;
        }
    }

    public Task SetAsync<T>(string key, T value, TimeSpan lifetime, CancellationToken cancellationToken)
        where T : class
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lifetime, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lifetime, LongestLifetime);
        return ChangeAsync(
            (database, state) => database.StringSetAsync(Key(state, key), JsonSerializer.SerializeToUtf8Bytes(value, JsonSerializerOptions.Web), lifetime), cancellationToken);
    }

    public Task RemoveAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) =>
        ChangeAsync((database, state) => database.KeyDeleteAsync([.. keys.Select(key => Key(state, key))]), cancellationToken);

    private async Task ChangeAsync(Func<IDatabase, CacheTrustState, Task> change, CancellationToken cancellationToken)
    {
        var state = trust.State;
        if (!state.IsTrusted || connection.TryGet() is not { } database)
        {
            return;
        }

        try
        {
            await change(database, state).WaitAsync(_timeout, cancellationToken);
        }
        catch (Exception failure) when (RedisConnection.IsOutage(failure))
        {
            // The older value may still be there.
            trust.Distrust("a write to the cache failed");
        }
    }

    private static RedisKey Key(CacheTrustState state, string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, 200, nameof(key));
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"gavat:{state.Generation}:value:{key}");
    }
}
