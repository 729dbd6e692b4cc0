using GavatDashboard.Domain.Health;

namespace GavatDashboard.Features.Health;

/// <summary>What was measured, from memory for a day and from the archive beyond it.</summary>
internal sealed class HealthRecords(IHealthHistory memory, IHealthArchive archive, TimeProvider time)
{
    /// <summary>The latencies of a component up to now. Beyond a day there is a bucket an hour, and percentiles of the whole are not known.</summary>
    public async Task<LatencyWindow> ReadLatencyAsync(string componentId, LatencyRange range, CancellationToken cancellationToken)
    {
        if (!range.IsLong())
        {
            return memory.ReadLatency(componentId, range);
        }

        var now = time.GetUtcNow();
        var from = now - range.Length();
        var buckets = await archive.ReadBucketsAsync(componentId, BucketLength.Hour, from, cancellationToken);
        return new(range, from, now, LatencyStats.Sum([.. buckets.Select(bucket => bucket.Stats)]), [], buckets);
    }

    /// <summary>How often a component was up, over each of <see cref="Uptime.Lengths"/>.</summary>
    public Task<IReadOnlyList<Uptime>> ReadUptimeAsync(string componentId, CancellationToken cancellationToken) =>
        archive.ReadUptimeAsync(componentId, time.GetUtcNow(), cancellationToken);
}
