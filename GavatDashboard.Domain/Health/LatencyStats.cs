namespace GavatDashboard.Domain.Health;

/// <summary>What a stretch of samples comes to. Latencies are those of probes that were answered; the others count as failures.</summary>
public sealed record LatencyStats
{
    /// <summary>No samples.</summary>
    public static LatencyStats None { get; } = new();

    /// <summary>The number of answered probes.</summary>
    public int Count { get; init; }

    /// <summary>The number of probes that failed or were not answered in time.</summary>
    public int Failures { get; init; }

    /// <summary>The quickest, in milliseconds; null where there is none.</summary>
    public double? MinMs { get; init; }

    /// <summary>The slowest, in milliseconds; null where there is none.</summary>
    public double? MaxMs { get; init; }

    /// <summary>The mean, in milliseconds; null where there is none.</summary>
    public double? MeanMs { get; init; }

    /// <summary>The median by nearest rank, in milliseconds; null where there is none.</summary>
    public double? P50Ms { get; init; }

    /// <summary>The 95th percentile by nearest rank, in milliseconds; null where there is none.</summary>
    public double? P95Ms { get; init; }

    /// <summary>The 99th percentile by nearest rank, in milliseconds; null where there is none.</summary>
    public double? P99Ms { get; init; }

    /// <summary>Computes the figures.</summary>
    /// <param name="latenciesMs">Latencies of answered probes, in milliseconds. They are sorted in place.</param>
    /// <param name="failures">The number of probes without an answer.</param>
    public static LatencyStats From(Span<double> latenciesMs, int failures)
    {
        if (latenciesMs.IsEmpty)
        {
            return failures == 0 ? None : new LatencyStats { Failures = failures };
        }

        latenciesMs.Sort();
        var sum = 0.0;
        foreach (var latencyMs in latenciesMs)
        {
            sum += latencyMs;
        }

        return new LatencyStats
        {
            Count = latenciesMs.Length,
            Failures = failures,
            MinMs = latenciesMs[0],
            MaxMs = latenciesMs[^1],
            // The division may round past the ends when all samples are nearly equal.
            MeanMs = Math.Clamp(sum / latenciesMs.Length, latenciesMs[0], latenciesMs[^1]),
            P50Ms = NearestRank(latenciesMs, 50),
            P95Ms = NearestRank(latenciesMs, 95),
            P99Ms = NearestRank(latenciesMs, 99),
        };
    }

    /// <summary>Adds stretches up. Percentiles do not add up, so that there are none.</summary>
    public static LatencyStats Sum(IReadOnlyCollection<LatencyStats> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var count = parts.Sum(part => part.Count);
        return new LatencyStats
        {
            Count = count,
            Failures = parts.Sum(part => part.Failures),
            MinMs = parts.Min(part => part.MinMs),
            MaxMs = parts.Max(part => part.MaxMs),
            MeanMs = count == 0 ? null : parts.Sum(part => part.Count * (part.MeanMs ?? 0)) / count,
        };
    }

    /// <summary>The smallest value that at least a percentage of the values do not pass.</summary>
    /// <param name="sorted">Values in ascending order, at least one.</param>
    /// <param name="percent">1 to 100.</param>
    public static double NearestRank(ReadOnlySpan<double> sorted, int percent)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Length, nameof(sorted));
        ArgumentOutOfRangeException.ThrowIfLessThan(percent, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        // In whole numbers: a floating product such as 0.95 * 20 may land just above the rank that is meant.
        var rank = (((long)sorted.Length * percent) + 99) / 100;
        return sorted[(int)rank - 1];
    }
}

/// <summary>One sample on a chart.</summary>
/// <param name="At">When the probe ended (UTC).</param>
/// <param name="LatencyMs">The latency, in milliseconds; null where the probe failed.</param>
/// <param name="Status">How the component was.</param>
public readonly record struct LatencyPoint(DateTimeOffset At, double? LatencyMs, ComponentStatus Status);

/// <summary>The samples of a minute or an hour, rolled up.</summary>
/// <param name="StartedAt">When it began (UTC).</param>
/// <param name="Stats">Its figures.</param>
/// <param name="Worst">The worst status seen in it.</param>
public sealed record LatencyBucket(DateTimeOffset StartedAt, LatencyStats Stats, ComponentStatus Worst)
{
    /// <summary>Rolls samples up.</summary>
    public static LatencyBucket Of(DateTimeOffset startedAt, IReadOnlyCollection<LatencyPoint> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        var latencies = new double[samples.Count];
        var answered = 0;
        var worst = ComponentStatus.Healthy;
        foreach (var sample in samples)
        {
            worst = ComponentStatuses.WorseOf(worst, sample.Status);
            if (sample.LatencyMs is { } latencyMs)
            {
                latencies[answered++] = latencyMs;
            }
        }

        return new LatencyBucket(startedAt, LatencyStats.From(latencies.AsSpan(0, answered), samples.Count - answered), worst);
    }
}

/// <summary>How far back to look.</summary>
public enum LatencyRange
{
    /// <summary>15 minutes.</summary>
    Minutes15,

    /// <summary>One hour.</summary>
    Hour,

    /// <summary>24 hours.</summary>
    Day,

    /// <summary>7 days.</summary>
    Week,

    /// <summary>30 days.</summary>
    Month,

    /// <summary>90 days.</summary>
    Quarter,
}

/// <summary>What the history holds of a range.</summary>
/// <param name="Range">The range asked for.</param>
/// <param name="From">Its beginning (UTC).</param>
/// <param name="To">Its end (UTC).</param>
/// <param name="Stats">Exact figures over every sample in the range; beyond a day without percentiles.</param>
/// <param name="Points">Every sample, for the ranges below a day; else empty, for the buckets serve.</param>
/// <param name="Buckets">One bucket a minute, beyond a day one an hour; those without a sample are left out.</param>
public sealed record LatencyWindow(
    LatencyRange Range,
    DateTimeOffset From,
    DateTimeOffset To,
    LatencyStats Stats,
    IReadOnlyList<LatencyPoint> Points,
    IReadOnlyList<LatencyBucket> Buckets);

/// <summary>The lengths of the ranges.</summary>
public static class LatencyRanges
{
    /// <summary>Whether it reaches beyond what is kept at full rate.</summary>
    public static bool IsLong(this LatencyRange range) => range > LatencyRange.Day;

    /// <summary>How long a range is.</summary>
    public static TimeSpan Length(this LatencyRange range) => range switch
    {
        LatencyRange.Minutes15 => TimeSpan.FromMinutes(15),
        LatencyRange.Hour => TimeSpan.FromHours(1),
        LatencyRange.Day => TimeSpan.FromHours(24),
        LatencyRange.Week => TimeSpan.FromDays(7),
        LatencyRange.Month => TimeSpan.FromDays(30),
        LatencyRange.Quarter => TimeSpan.FromDays(90),
        _ => throw new ArgumentOutOfRangeException(nameof(range), range, "There is no such range."),
    };
}
