using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores;

/// <summary>Where the checks of the reconciliation keep how far they have come: in the fallback's file, which needs no network.</summary>
internal sealed class ReconciliationLog(LedgerStores stores, TimeProvider time)
{
    /// <summary>What each check left behind, by name.</summary>
    public Task<IReadOnlyDictionary<string, string>> ReadAsync(CancellationToken cancellationToken) => stores.FallbackStorage.ReadSnapshotAsync(
        async (connection, snapshot) =>
        {
            await using var command = SqlLedgerReads.Command(connection, "SELECT name, state FROM reconciliation");
            command.Transaction = snapshot;
            var rows = await SqlLedgerReads.ListAsync(command, row => (Name: row.GetString(0), State: row.GetString(1)), cancellationToken);
            return (IReadOnlyDictionary<string, string>)rows.ToDictionary(row => row.Name, row => row.State, StringComparer.Ordinal);
        },
        cancellationToken);

    /// <summary>Keeps how far a check has come.</summary>
    public Task SaveAsync(string name, string state, CancellationToken cancellationToken) => stores.FallbackStorage.ChangeAsync(
        async (connection, transaction) =>
        {
            await using var command = SqlLedgerReads.Command(
                connection,
                """
                INSERT INTO reconciliation (name, state, updated_at) VALUES (@name, @state, @at)
                ON CONFLICT (name) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at
                """);
            command.Transaction = transaction;
            var dialect = stores.FallbackStorage.Dialect;
            dialect.Add(command, "name", name);
            dialect.Add(command, "state", state);
            dialect.AddTime(command, "at", time.GetUtcNow());
            return await command.ExecuteNonQueryAsync(cancellationToken);
        },
        cancellationToken);
}
