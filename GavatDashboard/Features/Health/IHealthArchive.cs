using GavatDashboard.Domain.Health;

namespace GavatDashboard.Features.Health;

/// <summary>Where samples, their rollups and incidents are kept, so that they survive a restart and the death of any store.</summary>
public interface IHealthArchive
{
    /// <summary>Keeps samples and buckets; a bucket takes the place of its older form.</summary>
    Task WriteAsync(IReadOnlyList<ProbeResult> samples, IReadOnlyList<KeptBucket> buckets, CancellationToken cancellationToken);

    /// <summary>Samples since an instant, by component, the oldest first.</summary>
    Task<ILookup<string, LatencyPoint>> ReadSamplesAsync(DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>Buckets of a component that began at or after an instant, the oldest first.</summary>
    Task<IReadOnlyList<LatencyBucket>> ReadBucketsAsync(string componentId, BucketLength length, DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>How often a component was up, over each of <see cref="Uptime.Lengths"/> up to now.</summary>
    Task<IReadOnlyList<Uptime>> ReadUptimeAsync(string componentId, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Drops what is older than it is kept.</summary>
    Task TrimAsync(DateTimeOffset samplesBefore, DateTimeOffset bucketsBefore, CancellationToken cancellationToken);
}

/// <summary>How long a bucket is, in seconds.</summary>
public enum BucketLength
{
    /// <summary>A minute.</summary>
    Minute = 60,

    /// <summary>An hour.</summary>
    Hour = 3_600,
}

/// <summary>A bucket of a component.</summary>
/// <param name="ComponentId">Of which component.</param>
/// <param name="Length">How long it is.</param>
/// <param name="Bucket">The bucket.</param>
public sealed record KeptBucket(string ComponentId, BucketLength Length, LatencyBucket Bucket);

/// <summary>Where incidents are kept with what people did about them.</summary>
public interface IIncidentArchive
{
    /// <summary>Keeps incidents in the place of their older forms.</summary>
    Task KeepAsync(IReadOnlyList<Incident> incidents, CancellationToken cancellationToken);

    /// <summary>Incidents, the newest first.</summary>
    Task<IReadOnlyList<IncidentCase>> ListAsync(IncidentQuery query, CancellationToken cancellationToken);

    /// <summary>An incident, or null.</summary>
    Task<IncidentCase?> FindAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Notes who has taken an incident up.</summary>
    /// <returns>False where there is no such incident or somebody has taken it up before.</returns>
    Task<bool> AcknowledgeAsync(Guid id, IncidentAcknowledgement acknowledgement, CancellationToken cancellationToken);

    /// <summary>Adds a note.</summary>
    /// <returns>False where there is no such incident.</returns>
    Task<bool> AddNoteAsync(Guid id, IncidentNote note, CancellationToken cancellationToken);
}
