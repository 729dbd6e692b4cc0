namespace GavatDashboard.Stores;

/// <summary>
/// Computed values at hand for a while: profiles, segment statistics. It may forget everything at any time, and never
/// throws for an outage: it then answers null.
/// </summary>
public interface IProfileCache
{
    /// <summary>How long a profile is kept, unless it is replaced.</summary>
    static TimeSpan ProfileLifetime { get; } = TimeSpan.FromSeconds(1_800);

    /// <summary>How long segment statistics are kept, unless they are replaced.</summary>
    static TimeSpan SegmentLifetime { get; } = TimeSpan.FromSeconds(300);

    /// <summary>The value under a key, or null where there is none or the cache must not be asked now.</summary>
    /// <typeparam name="T">What was kept; it is held as JSON.</typeparam>
    /// <param name="key">Such as <c>profile:1042</c>; 1 to 200 characters.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<T?> FindAsync<T>(string key, CancellationToken cancellationToken)
        where T : class;

    /// <summary>Keeps a value, in the place of an older one.</summary>
    /// <typeparam name="T">A type that JSON can hold.</typeparam>
    /// <param name="key">1 to 200 characters.</param>
    /// <param name="value">The value.</param>
    /// <param name="lifetime">How long, from 1 s to 1 day.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task SetAsync<T>(string key, T value, TimeSpan lifetime, CancellationToken cancellationToken)
        where T : class;

    /// <summary>Forgets values.</summary>
    Task RemoveAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken);
}
