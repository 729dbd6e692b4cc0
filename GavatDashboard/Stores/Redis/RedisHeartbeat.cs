using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Instances;
using GavatDashboard.Stores.Embedded;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace GavatDashboard.Stores.Redis;

/// <summary>The cache's sign of life: SET, GET and DEL of a key of its own. The latency that counts is that of the GET.</summary>
internal sealed class RedisHeartbeat(RedisConnection connection, ICacheStatistics statistics, LedgerOwnership ownership, IOptions<RedisOptions> options) : IStoreHeartbeat
{
    private static readonly TimeSpan InfoInterval = TimeSpan.FromSeconds(15);
    private IReadOnlyDictionary<string, string> _info = new Dictionary<string, string>();
    private long _infoAt;

    public string ComponentId => ComponentIds.Redis;

    public async Task<HeartbeatReading> BeatAsync(CancellationToken cancellationToken)
    {
        try
        {
            var latency = await BeatOnceAsync(cancellationToken);
            if (_infoAt == 0 || Stopwatch.GetElapsedTime(_infoAt) > InfoInterval)
            {
                _info = await connection.ReadInfoAsync(cancellationToken);
                _infoAt = Stopwatch.GetTimestamp();
            }

            return Reading(latency);
        }
        catch (Exception failure) when (RedisConnection.IsOutage(failure))
        {
            throw connection.Unanswered(failure);
        }
    }

    private async Task<double> BeatOnceAsync(CancellationToken cancellationToken)
    {
        var limit = TimeSpan.FromMilliseconds(options.Value.CommandTimeoutMs);
        var database = await connection.OpenAsync(cancellationToken);
        RedisKey key = $"gavat:heartbeat:{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}";
        var written = Guid.NewGuid().ToString("N");
        await database.StringSetAsync(key, written, TimeSpan.FromMinutes(1)).WaitAsync(limit, cancellationToken);
        var started = Stopwatch.GetTimestamp();
        var read = await database.StringGetAsync(key).WaitAsync(limit, cancellationToken);
        var latency = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        await database.KeyDeleteAsync(key).WaitAsync(limit, cancellationToken);
        return read == written ? latency : throw new InvalidDataException("The cache did not return what was written to it.");
    }

    private HeartbeatReading Reading(double latency)
    {
        var cache = statistics.Read();
        var description = Describe();
        var details = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["version"] = description.Version,
            ["generation"] = cache.Generation.ToString(CultureInfo.InvariantCulture),
            ["hits"] = cache.Hits.ToString(CultureInfo.InvariantCulture),
            ["misses"] = cache.Misses.ToString(CultureInfo.InvariantCulture),
            ["bypassed"] = cache.Bypassed.ToString(CultureInfo.InvariantCulture),
        };
        if ((cache.RecentHitRatePercent ?? cache.HitRatePercent) is { } rate)
        {
            details["hitRatePercent"] = rate.ToString("0.0", CultureInfo.InvariantCulture);
        }

        Copy("used_memory", "memoryBytes");
        Copy("connected_clients", "clients");
        return new HeartbeatReading
        {
            Product = description.Title,
            StandIn = description.StandInFor,
            // Only who writes through can vouch for what is cached; an instance that follows reads the ledger, and that is as it should be.
            Limitation = cache.IsBypassed && ownership.IsMine ? $"the cache is bypassed, because {cache.BypassReason}; balances are read from the ledger" : null,
            LatencyMs = latency,
            Details = details,
        };

        void Copy(string field, string name)
        {
            if (_info.TryGetValue(field, out var value))
            {
                details[name] = value;
            }
        }
    }

    private StoreDescription Describe() => connection.IsEmbedded
        ? new StoreDescription(ComponentIds.Redis, "Garnet", EmbeddedRedis.Version, IsStandIn: true, IsDevelopmentServer: false)
        {
            StandInFor = "RESP server in this process in the place of Redis",
        }
        : new StoreDescription(
            ComponentIds.Redis,
            _info.ContainsKey("valkey_version") ? "Valkey" : "Redis",
            _info.GetValueOrDefault("valkey_version") ?? _info.GetValueOrDefault("redis_version") ?? string.Empty,
            IsStandIn: false,
            IsDevelopmentServer: false);
}
