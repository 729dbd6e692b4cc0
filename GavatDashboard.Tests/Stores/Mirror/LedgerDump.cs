using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Stores.Sqlite;

namespace GavatDashboard.Tests.Stores.Mirror;

/// <summary>All that a ledger holds, as lines that do not tell which store holds it.</summary>
internal static class LedgerDump
{
    private static readonly (string Table, string Columns)[] Tables =
    [
        ("ledger_head", "epoch, seq, chain_hash, revision, policy_version"),
        ("users", "user_id, username, type, registered_at"),
        ("coin_balances", "user_id, balance, earned, spent, granted, tier, pinned_tier, pin_reason, pin_actor, pin_expires_at, debt, version, updated_at, last_activity_at, usage_day, day_earned, day_spent, day_messages, slice_start, slice_earned, slice_spent"),
        ("coin_transactions", "seq, entry_id, user_id, type, amount, balance_after, contra_account, description, related_user_id, metadata, reversal_of, idempotency_key, request_hash, effective_at, recorded_at, actor, epoch, chain_hash"),
        ("daily_limits", "user_id, day, earned, spent, messages"),
        ("coin_leaderboard", "slice_start, user_id, earned, spent"),
        ("kept_answers", "idempotency_key, request_hash, user_id, kind, refusal, decided_at"),
        ("activities", "event_id, seq, user_id, kind, metadata, at"),
        ("prices", "entry_type, amount"),
        ("outbox", "seq, kind, reference, user_id"),
    ];

    public static Task<string> ReadAsync(ILedgerStorage ledger) => ledger.ReadSnapshotAsync(
        async (connection, transaction) =>
        {
            var lines = new List<string>();
            foreach (var (table, columns) in Tables)
            {
                await using var command = connection.CreateCommand();
                command.Transaction = transaction;
                command.CommandText = $"SELECT {columns} FROM {table}";
                await using var reader = await command.ExecuteReaderAsync();
                var rows = new List<string>();
                while (await reader.ReadAsync())
                {
                    rows.Add($"{table}: {string.Join(" | ", Enumerable.Range(0, reader.FieldCount).Select(i => Text(reader.GetValue(i))))}");
                }

                rows.Sort(StringComparer.Ordinal);
                lines.AddRange(rows);
            }

            return string.Join('\n', lines);
        },
        CancellationToken.None);

    private static string Text(object value) => value switch
    {
        DBNull => "null",
        DateTime instant => Text(LedgerTime.ToUnixMicroseconds(new DateTimeOffset(instant.ToUniversalTime(), TimeSpan.Zero))),
        DateOnly day => SqliteDialect.ToText(day),
        Guid id => SqliteDialect.ToText(id),
        bool flag => flag ? "1" : "0",
        byte[] bytes => Convert.ToHexString(bytes),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
