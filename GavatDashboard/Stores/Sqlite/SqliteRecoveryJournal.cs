using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Failover;

namespace GavatDashboard.Stores.Sqlite;

/// <summary>The failover coordinator's journal, in the fallback's file.</summary>
internal sealed class SqliteRecoveryJournal(FallbackDatabase fallback) : IRecoveryJournal
{
    public Task AppendAsync(RecoveryJournalEntry entry, CancellationToken cancellationToken) => SqliteErrors.GuardAsync(
        mayHaveHappened: true,
        async () =>
        {
            using var turn = await fallback.Database.EnterWriterAsync(cancellationToken);
            await using var connection = await fallback.Database.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText =
                """
                INSERT INTO failover_journal (seq, at, from_state, to_state, reason)
                VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM failover_journal), $at, $from, $to, $reason)
                """;
            command.Parameters.AddWithValue("$at", LedgerTime.ToUnixMicroseconds(entry.At));
            command.Parameters.AddWithValue("$from", Code(entry.From));
            command.Parameters.AddWithValue("$to", Code(entry.To));
            command.Parameters.AddWithValue("$reason", entry.Reason);
            return await command.ExecuteNonQueryAsync(cancellationToken);
        },
        cancellationToken);

    public Task<IReadOnlyList<RecoveryJournalEntry>> ListAsync(int limit, CancellationToken cancellationToken) =>
        SqliteErrors.GuardAsync<IReadOnlyList<RecoveryJournalEntry>>(
            mayHaveHappened: false,
            async () =>
            {
                await using var connection = await fallback.Database.OpenAsync(cancellationToken);
                await using var command = connection.CreateCommand();
                command.CommandText = "SELECT at, from_state, to_state, reason FROM failover_journal ORDER BY seq DESC LIMIT $limit";
                command.Parameters.AddWithValue("$limit", limit);
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                List<RecoveryJournalEntry> entries = [];
                while (await reader.ReadAsync(cancellationToken))
                {
                    entries.Add(new RecoveryJournalEntry(
                        LedgerTime.FromUnixMicroseconds(reader.GetInt64(0)),
                        State(reader.GetString(1)),
                        State(reader.GetString(2)),
                        reader.GetString(3)));
                }

                return entries;
            },
            cancellationToken);

    private static string Code(RecoveryState state) => state.ToString().ToUpperInvariant();

    private static RecoveryState State(string code) => Enum.Parse<RecoveryState>(code, ignoreCase: true);
}
