using System.Data.Common;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores.Analysis;

/// <summary>Alerts, dismissals, rule sets, fits and batches, beside whichever ledger counts now.</summary>
internal sealed class SqlAnalysisRecords(AnalysisDatabases databases, TimeProvider time) : IAnalysisRecords
{
    public Task<IReadOnlyList<Alert>> ListAlertsAsync(AlertState? state, int limit, CancellationToken cancellationToken) => ListAsync(
        AnalysisTable.Alerts,
        state is null ? "WHERE state <> 'resolved' ORDER BY opened_at DESC, alert_id LIMIT @limit" : "WHERE state = @state ORDER BY opened_at DESC, alert_id LIMIT @limit",
        (command, sql) =>
        {
            sql.Add(command, "limit", limit);
            if (state is { } one)
            {
                sql.Add(command, "state", one.ToString().ToLowerInvariant());
            }
        },
        ProfileRows.ToAlert,
        cancellationToken);

    public async Task<Alert?> FindAlertAsync(Guid id, CancellationToken cancellationToken) =>
        (await ListAsync(AnalysisTable.Alerts, "WHERE alert_id = @id", (command, sql) => sql.AddId(command, "id", id), ProfileRows.ToAlert, cancellationToken)).SingleOrDefault();

    public Task PutAlertAsync(Alert alert, CancellationToken cancellationToken) => PutAsync(AnalysisTable.Alerts, ProfileRows.Of(alert), cancellationToken);

    public Task PutDismissalAsync(FlagDismissal dismissal, CancellationToken cancellationToken) =>
        PutAsync(AnalysisTable.Dismissals, ProfileRows.Of(dismissal, holds: true), cancellationToken);

    public async Task<bool> RemoveDismissalAsync(string userId, string rule, CancellationToken cancellationToken)
    {
        var kept = await ListAsync(
            AnalysisTable.Dismissals,
            "WHERE user_id = @id AND rule = @rule AND holds",
            (command, sql) =>
            {
                sql.Add(command, "id", userId);
                sql.Add(command, "rule", rule);
            },
            ProfileRows.ToDismissal,
            cancellationToken);
        if (kept is not [var dismissal])
        {
            return false;
        }

        // It stays as a row that holds no more, so that the other store hears of it.
        await PutAsync(AnalysisTable.Dismissals, ProfileRows.Of(dismissal with { At = time.GetUtcNow() }, holds: false), cancellationToken);
        return true;
    }

    public Task<IReadOnlyList<PublishedRuleSet>> ListRuleSetsAsync(int limit, CancellationToken cancellationToken) => ListAsync(
        AnalysisTable.RuleSets,
        "ORDER BY published_at DESC, version LIMIT @limit",
        (command, sql) => sql.Add(command, "limit", limit),
        row => new PublishedRuleSet((string)row[0]!, AnalysisJson.Read<RuleSetDocument>((string)row[1]!), (string)row[2]!, (string)row[3]!, (DateTimeOffset)row[4]!),
        cancellationToken);

    public Task PutRuleSetAsync(PublishedRuleSet rules, CancellationToken cancellationToken) => PutAsync(
        AnalysisTable.RuleSets, [rules.Version, AnalysisJson.Write(rules.Document), rules.Reason, rules.Actor, LedgerTime.Truncate(rules.PublishedAt)], cancellationToken);

    public async Task<PopulationFit?> FindFitAsync(CancellationToken cancellationToken) => (await ListAsync(
        AnalysisTable.Fits, "WHERE serves ORDER BY changed_at DESC LIMIT 1", (_, _) => { }, row => AnalysisJson.Read<PopulationFit>((string)row[1]!), cancellationToken)).SingleOrDefault();

    public Task PutFitAsync(PopulationFit fit, bool serves, CancellationToken cancellationToken) =>
        PutAsync(AnalysisTable.Fits, [fit.Id, AnalysisJson.Write(fit), serves, LedgerTime.Truncate(time.GetUtcNow())], cancellationToken);

    public Task<IReadOnlyList<AnalysisBatch>> ListBatchesAsync(int limit, CancellationToken cancellationToken) => ListAsync(
        AnalysisTable.Batches, "ORDER BY started_at DESC LIMIT @limit", (command, sql) => sql.Add(command, "limit", limit), ProfileRows.ToBatch, cancellationToken);

    public Task PutBatchAsync(AnalysisBatch batch, CancellationToken cancellationToken) =>
        PutAsync(AnalysisTable.Batches, ProfileRows.Of(batch, time.GetUtcNow()), cancellationToken);

    private Task<IReadOnlyList<T>> ListAsync<T>(
        AnalysisTable table, string where, Action<DbCommand, SqlDialect> add, Func<object?[], T> map, CancellationToken cancellationToken)
    {
        var database = databases.Current;
        return database.ReadAsync(
            async (connection, transaction) =>
            {
                await using var command = database.Dialect.Command(connection, transaction, $"SELECT {table.ColumnList} FROM {table.Name} {where}");
                add(command, database.Dialect.Sql);
                return await SqlLedgerReads.ListAsync(command, row => map(table.Row(database.Dialect, row)), cancellationToken);
            },
            cancellationToken);
    }

    private Task PutAsync(AnalysisTable table, object?[] row, CancellationToken cancellationToken)
    {
        var database = databases.Current;
        return database.WriteAsync(
            async (connection, transaction) =>
            {
                await table.PutAsync(database.Dialect, connection, transaction, [row], cancellationToken);
                return true;
            },
            cancellationToken);
    }
}
