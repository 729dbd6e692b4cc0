using GavatDashboard.Domain.Analysis;
using GavatDashboard.Features.Audit;

namespace GavatDashboard.Features.Analysis;

/// <summary>Alerts, and what people do about them. Each change is audited.</summary>
internal sealed class AlertService(IAnalysisRecords records, IProfileStore profiles, IAuditLog audit, TimeProvider time)
{
    /// <summary>The longest note, in characters.</summary>
    public const int MaxNoteLength = 500;

    /// <summary>Alerts, the newest first.</summary>
    /// <param name="state">The state, or null for all that are not resolved.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="Domain.Coins.StoreUnavailableException">The store cannot be reached.</exception>
    public async Task<Listed<Alert>> ListAsync(AlertState? state, int limit, CancellationToken cancellationToken) =>
        await Listed<Alert>.OfAsync(await records.ListAlertsAsync(state, limit, cancellationToken), alert => alert.UserId, profiles, cancellationToken);

    /// <summary>The name of the user whom an alert is about, or null.</summary>
    public async Task<string?> FindNameAsync(Alert alert, CancellationToken cancellationToken) =>
        (await profiles.ReadNamesAsync([alert.UserId], cancellationToken)).GetValueOrDefault(alert.UserId);

    /// <summary>Moves an alert on: an open one to acknowledged, any to resolved. Doing it again changes nothing.</summary>
    /// <param name="id">The alert.</param>
    /// <param name="state">Acknowledged or resolved.</param>
    /// <param name="note">What whoever does it has to say, or null.</param>
    /// <param name="actor">Who.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The alert as it is now, or null where there is none.</returns>
    public async Task<Alert?> MoveAsync(Guid id, AlertState state, string? note, string actor, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(state, AlertState.Open);
        if (await records.FindAlertAsync(id, cancellationToken) is not { } alert || alert.State >= state)
        {
            return await records.FindAlertAsync(id, cancellationToken);
        }

        var moved = alert with { State = state, Actor = actor, Note = note ?? alert.Note, ChangedAt = time.GetUtcNow() };
        await audit.AppendAsync(actor, $"alert.{state.ToString().ToLowerInvariant()}", $"user:{alert.UserId}", note, null, cancellationToken);
        await records.PutAlertAsync(moved, cancellationToken);
        return moved;
    }
}
