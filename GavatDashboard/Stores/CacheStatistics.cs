namespace GavatDashboard.Stores;

/// <summary>How well the cache serves.</summary>
/// <param name="Hits">Lookups that were answered, since the start.</param>
/// <param name="Misses">Lookups that found nothing, since the start.</param>
/// <param name="Bypassed">Lookups while the cache was not trusted, since the start.</param>
/// <param name="RecentHits">Lookups that were answered, in the last 5 minutes.</param>
/// <param name="RecentLookups">All lookups, in the last 5 minutes.</param>
/// <param name="IsBypassed">Whether the cache is not trusted now.</param>
/// <param name="BypassReason">Why it is not, for a person; null while it is.</param>
/// <param name="Since">Since when it is trusted or not (UTC).</param>
/// <param name="Generation">The generation of keys that is served; 0 before the first.</param>
public sealed record CacheStatistics(
    long Hits,
    long Misses,
    long Bypassed,
    long RecentHits,
    long RecentLookups,
    bool IsBypassed,
    string? BypassReason,
    DateTimeOffset Since,
    long Generation)
{
    /// <summary>Answered lookups of all since the start, 0 to 100; null before the first. Lookups while bypassed count as not answered.</summary>
    public double? HitRatePercent => Rate(Hits, Hits + Misses + Bypassed);

    /// <summary>Answered lookups of all in the last 5 minutes, 0 to 100; null where there were none.</summary>
    public double? RecentHitRatePercent => Rate(RecentHits, RecentLookups);

    private static double? Rate(long part, long whole) => whole == 0 ? null : 100.0 * part / whole;
}

/// <summary>Tells how well the cache serves.</summary>
public interface ICacheStatistics
{
    /// <summary>The figures now. Cheap: it asks no store.</summary>
    CacheStatistics Read();
}
