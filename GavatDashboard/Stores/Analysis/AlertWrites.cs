using GavatDashboard.Domain.Analysis;

namespace GavatDashboard.Stores.Analysis;

/// <summary>Opens alerts with the profiles that call for them, in the same transaction.</summary>
internal static class AlertWrites
{
    public static async Task OpenAsync(AnalysisSession session, IReadOnlyList<ProfileChange> changes)
    {
        var rises = changes.Where(IsRise).ToList();
        var table = AnalysisTable.Alerts;
        var open = (await session.ListOfAsync(
            $"SELECT {table.ColumnList} FROM {table.Name} WHERE state <> 'resolved' AND {{0}}", "user_id", [.. rises.Select(change => change.UserId)],
            row => ProfileRows.ToAlert(table.Row(session.Dialect, row)))).GroupBy(alert => alert.UserId, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        await session.PutAsync(table, rises.Select(change => Raise(open.GetValueOrDefault(change.UserId), change)).OfType<Alert>().Select(ProfileRows.Of));
    }

    private static bool IsRise(ProfileChange change) =>
        change.Kind == ChangeKind.Risk && ProfileRows.RiskOf(change.To) >= RiskLevel.High
        && (change.From is null || ProfileRows.RiskOf(change.From) < ProfileRows.RiskOf(change.To));

    /// <summary>A new alert, the older one opened again at a higher level, or null where the older one says as much.</summary>
    private static Alert? Raise(Alert? open, ProfileChange change)
    {
        var level = ProfileRows.RiskOf(change.To);
        return open is null ? new(change.Id, change.UserId, level, change.Rule, change.At, AlertState.Open, null, null, change.At)
            : level > open.RiskLevel ? open with { RiskLevel = level, Rules = change.Rule, State = AlertState.Open, ChangedAt = change.At }
            : null;
    }
}
