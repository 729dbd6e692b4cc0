namespace GavatDashboard.Domain.Health;

/// <summary>How often a component was found up within a time.</summary>
/// <param name="Length">The time, up to now.</param>
/// <param name="Up">Probes that found it healthy or degraded.</param>
/// <param name="Probes">All probes.</param>
/// <param name="Known">The part of the time from which there are probes.</param>
public sealed record Uptime(TimeSpan Length, long Up, long Probes, TimeSpan Known)
{
    /// <summary>The lengths that are told.</summary>
    public static IReadOnlyList<TimeSpan> Lengths { get; } = [TimeSpan.FromHours(24), TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(90)];

    /// <summary>The share in percent with two decimals, cut, so that 100 means all; null without probes.</summary>
    public double? Percent => Probes == 0 ? null : Math.Floor(10_000.0 * Up / Probes) / 100;

    /// <summary>Adds the buckets of a time up.</summary>
    /// <param name="length">The time.</param>
    /// <param name="buckets">Its buckets.</param>
    /// <param name="bucket">How long a bucket is.</param>
    public static Uptime Of(TimeSpan length, IReadOnlyCollection<LatencyBucket> buckets, TimeSpan bucket)
    {
        ArgumentNullException.ThrowIfNull(buckets);
        var known = buckets.Count * bucket;
        return new(
            length, buckets.Sum(one => (long)one.Stats.Count), buckets.Sum(one => (long)one.Stats.Count + one.Stats.Failures), known < length ? known : length);
    }
}
