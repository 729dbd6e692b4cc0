using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Domain.Analysis;

/// <summary>Where profiles and their history are kept, beside the ledger they come from.</summary>
/// <remarks>A store that cannot be reached throws <see cref="StoreUnavailableException"/>.</remarks>
public interface IProfileStore
{
    /// <summary>
    /// Keeps profiles in the place of older ones, remembers what changed, and opens an alert where the risk rose to high. A profile
    /// that is older than the kept one is left out.
    /// </summary>
    /// <param name="profiles">1 to 1,000 profiles of different users.</param>
    /// <param name="devices">Devices that these users use.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>What changed.</returns>
    Task<IReadOnlyList<ProfileChange>> SaveAsync(
        IReadOnlyList<UserProfile> profiles, IReadOnlyList<DeviceUse> devices, CancellationToken cancellationToken);

    /// <summary>A user's profile, or null where none has been made.</summary>
    Task<UserProfile?> FindAsync(string userId, CancellationToken cancellationToken);

    /// <summary>The number of users in each segment by their risk; what nobody is in is left out.</summary>
    Task<IReadOnlyList<ProfileCount>> CountAsync(CancellationToken cancellationToken);

    /// <summary>Usernames by id; users who do not exist are left out.</summary>
    /// <param name="userIds">Any number of ids.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyDictionary<string, string>> ReadNamesAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken);

    /// <summary>Profiles of at least a risk level, the most points first.</summary>
    /// <param name="atLeast">The lowest level.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<UserProfile>> ListRiskAsync(RiskLevel atLeast, int limit, CancellationToken cancellationToken);

    /// <summary>Profiles of a segment, by user id, for going through all of them.</summary>
    /// <param name="segment">The segment, or null for all.</param>
    /// <param name="afterUserId">The last id of the page before; empty for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<UserProfile>> ListSegmentAsync(Segment? segment, string afterUserId, int limit, CancellationToken cancellationToken);

    /// <summary>What changed for a user, newest first.</summary>
    /// <param name="userId">Whose.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<ProfileChange>> ListChangesAsync(string userId, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Where users came from and went to within a time: from the segment before their first change in it to that after their last. Users
    /// who came back to where they were are left out.
    /// </summary>
    /// <param name="from">The beginning (UTC).</param>
    /// <param name="to">The instant after its end (UTC).</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<SegmentMove>> ReadMovesAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken);

    /// <summary>Notes how many users are in each segment now, as the count of a day.</summary>
    Task NoteDayAsync(DateOnly day, CancellationToken cancellationToken);

    /// <summary>
    /// Adds what an analysis as of earlier instants found: changes, and counts of their days. Profiles stay as they are; what was added
    /// before is not added twice.
    /// </summary>
    Task AddPastAsync(IReadOnlyList<ProfileChange> changes, IReadOnlyList<SegmentDay> days, CancellationToken cancellationToken);

    /// <summary>The noted counts from a day on, ascending.</summary>
    Task<IReadOnlyList<SegmentDay>> ReadDaysAsync(DateOnly from, CancellationToken cancellationToken);
}

/// <summary>Users in a segment at a risk level.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="RiskLevel">The risk level.</param>
/// <param name="Users">How many.</param>
public sealed record ProfileCount(Segment Segment, RiskLevel RiskLevel, long Users);

/// <summary>A device that a user uses.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Device">What the caller calls it.</param>
/// <param name="FirstAt">When it was first seen (UTC).</param>
/// <param name="LastAt">When it was last seen (UTC).</param>
public sealed record DeviceUse(string UserId, string Device, DateTimeOffset FirstAt, DateTimeOffset LastAt);
