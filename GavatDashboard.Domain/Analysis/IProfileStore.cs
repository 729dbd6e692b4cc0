using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Domain.Analysis;

/// <summary>Where profiles are kept, beside the ledger they come from.</summary>
/// <remarks>A store that cannot be reached throws <see cref="StoreUnavailableException"/>.</remarks>
public interface IProfileStore
{
    /// <summary>Keeps profiles in the place of older ones; a profile that is older than the kept one is left out.</summary>
    /// <param name="profiles">1 to 1,000 profiles of different users.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task SaveAsync(IReadOnlyList<UserProfile> profiles, CancellationToken cancellationToken);

    /// <summary>A user's profile, or null where none has been made.</summary>
    Task<UserProfile?> FindAsync(string userId, CancellationToken cancellationToken);

    /// <summary>The number of users in each segment; segments without users are left out.</summary>
    Task<IReadOnlyDictionary<Segment, long>> CountSegmentsAsync(CancellationToken cancellationToken);

    /// <summary>The number of users at each risk level; levels without users are left out.</summary>
    Task<IReadOnlyDictionary<RiskLevel, long>> CountRiskLevelsAsync(CancellationToken cancellationToken);

    /// <summary>Profiles of at least a risk level, the riskiest first.</summary>
    /// <param name="atLeast">The lowest level.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<UserProfile>> ListRiskAsync(RiskLevel atLeast, int limit, CancellationToken cancellationToken);

    /// <summary>Profiles of a segment, the highest score first.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<UserProfile>> ListSegmentAsync(Segment segment, int limit, CancellationToken cancellationToken);
}
