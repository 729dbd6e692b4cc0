using GavatDashboard.Domain.Analysis;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Analysis;

/// <summary>How the community is made up, how it moves, and who is at risk.</summary>
internal sealed class SegmentService(IProfileStore profiles, IProfileCache cache, TimeProvider time)
{
    /// <summary>The cache's key of the statistics.</summary>
    public const string CacheKey = "segments-by-risk";

    /// <summary>Users by segment, and by risk in each; at most five minutes old.</summary>
    /// <exception cref="Domain.Coins.StoreUnavailableException">The store cannot be reached.</exception>
    public async Task<SegmentStatistics> ReadAsync(CancellationToken cancellationToken)
    {
        if (await cache.FindAsync<SegmentStatistics>(CacheKey, cancellationToken) is { } held)
        {
            return held;
        }

        var counts = await profiles.CountAsync(cancellationToken);
        var statistics = new SegmentStatistics(
            [.. AnalysisCodes.Segments.Select(segment => new SegmentCount(segment.ToCode(), Sum(counts, count => count.Segment == segment), ByRisk(counts, count => count.Segment == segment)))],
            ByRisk(counts, _ => true),
            time.GetUtcNow());
        await cache.SetAsync(CacheKey, statistics, IProfileCache.SegmentLifetime, cancellationToken);
        return statistics;
    }

    /// <summary>Where users came from and went to in the last days; those who came back to where they were are left out.</summary>
    public Task<IReadOnlyList<SegmentMove>> ReadMovesAsync(int days, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return profiles.ReadMovesAsync(now.AddDays(-days), now.AddTicks(1), cancellationToken);
    }

    /// <summary>How many users were in each segment at the end of each of the last days.</summary>
    public Task<IReadOnlyList<SegmentDay>> ReadDaysAsync(int days, CancellationToken cancellationToken) =>
        profiles.ReadDaysAsync(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(1 - days), cancellationToken);

    /// <summary>Members of a segment, by id.</summary>
    public async Task<Listed<UserProfile>> ListMembersAsync(Segment? segment, string afterUserId, int limit, CancellationToken cancellationToken) =>
        await NameAsync(await profiles.ListSegmentAsync(segment, afterUserId, limit, cancellationToken), cancellationToken);

    /// <summary>Users of at least a risk level, the riskiest first.</summary>
    public async Task<Listed<UserProfile>> ListRiskAsync(RiskLevel atLeast, int limit, CancellationToken cancellationToken) =>
        await NameAsync(await profiles.ListRiskAsync(atLeast, limit, cancellationToken), cancellationToken);

    /// <summary>What changed for a user, newest first.</summary>
    public Task<IReadOnlyList<ProfileChange>> ListChangesAsync(string userId, int limit, CancellationToken cancellationToken) =>
        profiles.ListChangesAsync(userId, limit, cancellationToken);

    private Task<Listed<UserProfile>> NameAsync(IReadOnlyList<UserProfile> list, CancellationToken cancellationToken) =>
        Listed<UserProfile>.OfAsync(list, profile => profile.UserId, profiles, cancellationToken);

    private static CodeCount[] ByRisk(IReadOnlyList<ProfileCount> counts, Func<ProfileCount, bool> where) =>
        [.. Enum.GetValues<RiskLevel>().Select(level => new CodeCount(level.ToCode(), Sum(counts, count => count.RiskLevel == level && where(count))))];

    private static long Sum(IReadOnlyList<ProfileCount> counts, Func<ProfileCount, bool> where) => counts.Where(where).Sum(count => count.Users);
}

/// <summary>How the community is made up.</summary>
/// <param name="Segments">Users of each segment, all eight.</param>
/// <param name="Risks">Users of each risk level, all four.</param>
/// <param name="AsOf">When it was counted (UTC).</param>
public sealed record SegmentStatistics(IReadOnlyList<SegmentCount> Segments, IReadOnlyList<CodeCount> Risks, DateTimeOffset AsOf);

/// <summary>How a segment is made up.</summary>
/// <param name="Code">The segment's code.</param>
/// <param name="Users">How many are in it.</param>
/// <param name="Risks">Of these, how many of each risk level, all four, the lowest first.</param>
public sealed record SegmentCount(string Code, long Users, IReadOnlyList<CodeCount> Risks);

/// <summary>Users under a code.</summary>
/// <param name="Code">The code of a risk level.</param>
/// <param name="Users">How many.</param>
public sealed record CodeCount(string Code, long Users);
