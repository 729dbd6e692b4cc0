using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Domain.Analysis;

/// <summary>What people and workers decide about the analysis, kept beside the ledger.</summary>
/// <remarks>A store that cannot be reached throws <see cref="StoreUnavailableException"/>.</remarks>
public interface IAnalysisRecords
{
    /// <summary>Alerts, the newest first.</summary>
    /// <param name="state">The state, or null for all that are not resolved.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<Alert>> ListAlertsAsync(AlertState? state, int limit, CancellationToken cancellationToken);

    /// <summary>An alert, or null.</summary>
    Task<Alert?> FindAlertAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Keeps an alert in the place of its older form.</summary>
    Task PutAlertAsync(Alert alert, CancellationToken cancellationToken);

    /// <summary>Keeps a dismissal in the place of an older one of the same flag.</summary>
    Task PutDismissalAsync(FlagDismissal dismissal, CancellationToken cancellationToken);

    /// <summary>Takes a dismissal back.</summary>
    /// <returns>False where there was none.</returns>
    Task<bool> RemoveDismissalAsync(string userId, string rule, CancellationToken cancellationToken);

    /// <summary>Published rule sets, the newest first.</summary>
    Task<IReadOnlyList<PublishedRuleSet>> ListRuleSetsAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Keeps a rule set as the newest one.</summary>
    Task PutRuleSetAsync(PublishedRuleSet rules, CancellationToken cancellationToken);

    /// <summary>The fit that serves, or null.</summary>
    Task<PopulationFit?> FindFitAsync(CancellationToken cancellationToken);

    /// <summary>Keeps a fit; one that serves takes the place of the one that did.</summary>
    Task PutFitAsync(PopulationFit fit, bool serves, CancellationToken cancellationToken);

    /// <summary>The newest batches, newest first.</summary>
    Task<IReadOnlyList<AnalysisBatch>> ListBatchesAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Keeps a batch in the place of its older form.</summary>
    Task PutBatchAsync(AnalysisBatch batch, CancellationToken cancellationToken);
}

/// <summary>A rule set that somebody has published.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Document">The rules.</param>
/// <param name="Reason">Why.</param>
/// <param name="Actor">Who.</param>
/// <param name="PublishedAt">When (UTC).</param>
public sealed record PublishedRuleSet(string Version, RuleSetDocument Document, string Reason, string Actor, DateTimeOffset PublishedAt);
