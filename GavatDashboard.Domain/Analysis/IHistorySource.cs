using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Domain.Analysis;

/// <summary>Reads from the ledger, for many users at once, all that an analysis builds upon.</summary>
/// <remarks>A store that cannot be reached throws <see cref="StoreUnavailableException"/>.</remarks>
public interface IHistorySource
{
    /// <summary>Histories of users, all of one instant; users who do not exist are left out.</summary>
    /// <param name="userIds">1 to 1,000 ids.</param>
    /// <param name="now">The instant of the analysis (UTC).</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<HistoryBatch> LoadAsync(IReadOnlyCollection<string> userIds, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Users whose profile is due, by id.</summary>
    /// <param name="query">What makes a profile due.</param>
    /// <param name="afterUserId">The last id of the page before; empty for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<string>> ListDueAsync(DueQuery query, string afterUserId, int limit, CancellationToken cancellationToken);

    /// <summary>How many users are due.</summary>
    Task<long> CountDueAsync(DueQuery query, CancellationToken cancellationToken);

    /// <summary>What everybody's buying and coming look like.</summary>
    Task<PopulationData> ReadPopulationAsync(DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>Histories, and the devices that were seen while they were read.</summary>
/// <param name="Histories">The histories.</param>
/// <param name="Devices">Devices of these users, also those that nobody else uses.</param>
public sealed record HistoryBatch(IReadOnlyList<UserHistory> Histories, IReadOnlyList<DeviceUse> Devices);

/// <summary>What makes a profile due.</summary>
/// <param name="Kind">Everybody, or only whoever changed.</param>
/// <param name="StartedAt">Profiles made since this instant are not due (UTC).</param>
/// <param name="RuleSetVersion">Profiles of other rules are due.</param>
public sealed record DueQuery(BatchKind Kind, DateTimeOffset StartedAt, string RuleSetVersion);

/// <summary>What everybody's buying and coming look like.</summary>
/// <param name="Customers">Purchases of each user who ever bought.</param>
/// <param name="Rfm">Recency in days, active days and coins spent (both of 90 days), of each user who was ever seen.</param>
public sealed record PopulationData(
    IReadOnlyList<CustomerPurchases> Customers, IReadOnlyList<(long RecencyDays, long Frequency, long Monetary)> Rfm);

/// <summary>A customer's purchases.</summary>
/// <param name="All">All up to now.</param>
/// <param name="Before">Those before the weeks that are held out; null where there were none.</param>
public sealed record CustomerPurchases(PurchaseHistory All, PurchaseHistory? Before);
