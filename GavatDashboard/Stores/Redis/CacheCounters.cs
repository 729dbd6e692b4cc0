using System.Diagnostics.Metrics;

namespace GavatDashboard.Stores.Redis;

/// <summary>Counts how lookups end, for the metrics and for the pages.</summary>
internal sealed class CacheCounters : ICacheStatistics, IDisposable
{
    public const string MeterName = "GavatDashboard.Cache";
    private const int Slices = 30;
    private static readonly TimeSpan SliceLength = TimeSpan.FromSeconds(10);

    private readonly CacheTrust _trust;
    private readonly TimeProvider _time;
    private readonly Meter _meter;
    private readonly Counter<long> _hitCounter;
    private readonly Counter<long> _missCounter;
    private readonly Counter<long> _bypassCounter;
    private readonly Lock _lock = new();
    private readonly long[] _sliceHits = new long[Slices];
    private readonly long[] _sliceLookups = new long[Slices];
    private long _slice;
    private long _hits;
    private long _misses;
    private long _bypassed;

    public CacheCounters(CacheTrust trust, TimeProvider time, IMeterFactory meters)
    {
        _trust = trust;
        _time = time;
        _slice = CurrentSlice();
        _meter = meters.Create(MeterName);
        _hitCounter = _meter.CreateCounter<long>("gavat.cache.hits", "{lookup}", "Lookups that the cache answered.");
        _missCounter = _meter.CreateCounter<long>("gavat.cache.misses", "{lookup}", "Lookups that found nothing in the cache.");
        _bypassCounter = _meter.CreateCounter<long>("gavat.cache.bypassed", "{lookup}", "Lookups while the cache was not trusted.");
        _meter.CreateObservableGauge("gavat.cache.trusted", () => trust.State.IsTrusted ? 1 : 0, "{state}", "1 while the cache is served, 0 while it is bypassed.");
    }

    public void Hit()
    {
        _hitCounter.Add(1);
        Count(ref _hits, isHit: true);
    }

    public void Miss()
    {
        _missCounter.Add(1);
        Count(ref _misses, isHit: false);
    }

    public void Bypass()
    {
        _bypassCounter.Add(1);
        Count(ref _bypassed, isHit: false);
    }

    public CacheStatistics Read()
    {
        var state = _trust.State;
        lock (_lock)
        {
            TurnTo(CurrentSlice());
            return new(
                _hits, _misses, _bypassed, _sliceHits.Sum(), _sliceLookups.Sum(),
                !state.IsTrusted, state.Reason, state.Since, state.Generation);
        }
    }

    public void Dispose() => _meter.Dispose();

    private void Count(ref long total, bool isHit)
    {
        lock (_lock)
        {
            TurnTo(CurrentSlice());
            total++;
            _sliceLookups[_slice % Slices]++;
            _sliceHits[_slice % Slices] += isHit ? 1 : 0;
        }
    }

    /// <summary>Empties the slices that time has passed over.</summary>
    private void TurnTo(long slice)
    {
        for (var turned = Math.Max(_slice + 1, slice - Slices + 1); turned <= slice; turned++)
        {
            _sliceHits[turned % Slices] = 0;
            _sliceLookups[turned % Slices] = 0;
        }

        _slice = Math.Max(_slice, slice);
    }

    private long CurrentSlice() => _time.GetUtcNow().Ticks / SliceLength.Ticks;
}
