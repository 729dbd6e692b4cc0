using System.Text.Json;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Sqlite;

/// <summary>A decided batch as prepared statements, run a row at a time inside the caller's transaction; they last as long as the connection.</summary>
internal sealed class SqliteWrites(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);

    /// <summary>Writes a delta. The head comes first: it refuses a writer that another has overtaken, and keys that were used before.</summary>
    /// <exception cref="SqliteException">A constraint refused it, or the file cannot be written.</exception>
    public void Write(LedgerDelta delta, UnseenKeys keys)
    {
        WriteHead(delta, keys);
        WriteUsers(delta.NewUsers);
        WriteEntries(delta.Entries);
        var accounts = new AccountRows(delta);
        WriteAccounts(accounts.Rows);
        WriteUsage(accounts.EarlierDays);
        WriteLeaderboard(accounts.EarlierSlices);
        WriteLastActivity(delta);
        WriteAnswers(delta.Answers);
        WriteActivities(delta.Activities);
        WriteOutbox(delta.Outbox);
        if (delta.Policy is { } policy)
        {
            WritePolicy(policy, delta.At);
        }
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }
    }

    private void WriteHead(LedgerDelta delta, UnseenKeys keys) => Statement(
        // Another head than the one that was decided upon, or a used key, makes the new revision null, which the column refuses.
        """
        UPDATE ledger_head
        SET seq = ?1, chain_hash = ?2, policy_version = coalesce(?6, policy_version), revision = CASE
            WHEN revision = ?3 AND epoch = ?4
             AND NOT EXISTS (SELECT 1 FROM kept_answers WHERE idempotency_key IN (SELECT value FROM json_each(?7)))
             AND NOT EXISTS (SELECT 1 FROM coin_transactions WHERE idempotency_key IN (SELECT value FROM json_each(?8))) THEN ?5 END
        WHERE id = 1
        """)
        .Add(delta.After.Sequence).Add(delta.After.ChainHash).Add(delta.Before.Revision).Add(delta.Before.Epoch).Add(delta.After.Revision)
        .Add(delta.Policy?.Version).Add(JsonSerializer.Serialize(keys.OfEntries.Concat(keys.OfOthers))).Add(JsonSerializer.Serialize(keys.OfOthers)).Run();

    private void WriteUsers(IReadOnlyList<User> users)
    {
        foreach (var user in users)
        {
            Statement("INSERT INTO users (user_id, username, type, registered_at) VALUES (?1, ?2, ?3, ?4)")
                .Add(user.Id).Add(user.Username).Add(SqlRows.Code(user.Type)).Add(Time(user.RegisteredAt)).Run();
        }
    }

    private void WriteEntries(IReadOnlyList<Entry> entries)
    {
        if (entries.Count == 0)
        {
            return;
        }

        var insert = Statement(
            """
            INSERT INTO coin_transactions (seq, entry_id, user_id, type, amount, balance_after, contra_account, description, related_user_id,
                metadata, reversal_of, idempotency_key, request_hash, effective_at, recorded_at, actor, epoch, chain_hash)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
            """);
        foreach (var entry in entries)
        {
            insert.Add(entry.Sequence).Add(SqliteDialect.ToText(entry.Id)).Add(entry.UserId).Add(entry.Type.Code).Add(entry.Amount.Value)
                .Add(entry.BalanceAfter.Value).Add(entry.ContraAccount).Add(entry.Description).Add(entry.RelatedUserId).Add(entry.Metadata)
                .Add(entry.ReversalOf is { } reversed ? SqliteDialect.ToText(reversed) : null).Add(entry.IdempotencyKey).Add(entry.RequestHash)
                .Add(Time(entry.EffectiveAt)).Add(Time(entry.RecordedAt)).Add(entry.Actor).Add(entry.Epoch).Add(entry.ChainHash).Run();
        }
    }

    /// <summary>What stands with the account of an earlier day or slice is put into its table by the trigger.</summary>
    private void WriteAccounts(IReadOnlyList<AccountRow> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        var upsert = Statement(
            """
            INSERT INTO coin_balances AS b (user_id, balance, earned, spent, granted, tier, pinned_tier, pin_reason, pin_actor, pin_expires_at, debt, version, updated_at,
                last_activity_at, usage_day, day_earned, day_spent, day_messages, slice_start, slice_earned, slice_spent)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
            ON CONFLICT (user_id) DO UPDATE SET balance = excluded.balance, earned = excluded.earned, spent = excluded.spent, granted = excluded.granted,
                tier = excluded.tier, pinned_tier = excluded.pinned_tier, pin_reason = excluded.pin_reason, pin_actor = excluded.pin_actor,
                pin_expires_at = excluded.pin_expires_at, debt = excluded.debt, version = excluded.version, updated_at = excluded.updated_at,
                last_activity_at = coalesce(max(b.last_activity_at, excluded.last_activity_at), b.last_activity_at, excluded.last_activity_at),
                usage_day = coalesce(excluded.usage_day, b.usage_day),
                day_earned = CASE WHEN excluded.usage_day IS NULL THEN b.day_earned ELSE excluded.day_earned END,
                day_spent = CASE WHEN excluded.usage_day IS NULL THEN b.day_spent ELSE excluded.day_spent END,
                day_messages = CASE WHEN excluded.usage_day IS NULL THEN b.day_messages ELSE excluded.day_messages END,
                slice_start = coalesce(excluded.slice_start, b.slice_start),
                slice_earned = excluded.slice_earned + CASE WHEN excluded.slice_start <> b.slice_start THEN 0 ELSE b.slice_earned END,
                slice_spent = excluded.slice_spent + CASE WHEN excluded.slice_start <> b.slice_start THEN 0 ELSE b.slice_spent END
            """);
        foreach (var row in rows)
        {
            var account = row.Account;
            upsert.Add(account.UserId).Add(account.Balance.Value).Add(account.Earned.Value).Add(account.Spent.Value).Add(account.Granted.Value)
                .Add(SqlRows.Code(account.Tier)).Add(account.Pin is { } pin ? SqlRows.Code(pin.Tier) : null).Add(account.Pin?.Reason)
                .Add(account.Pin?.Actor).Add(account.Pin?.ExpiresAt is { } end ? Time(end) : null).Add(account.InDebt ? 1 : 0)
                .Add(account.Version).Add(Time(account.UpdatedAt)).Add(row.LastActivity is { } at ? Time(at) : null)
                .Add(row.Usage is { } usage ? SqliteDialect.ToText(usage.Day) : null).Add(row.Usage?.Earned.Value ?? 0).Add(row.Usage?.Spent.Value ?? 0)
                .Add(row.Usage?.Messages ?? 0)
                .Add(row.Slice is { } change ? SqliteDialect.ToText(change.Slice) : null).Add(row.Slice?.Earned.Value ?? 0).Add(row.Slice?.Spent.Value ?? 0)
                .Run();
        }
    }

    /// <summary>Activity alone changes no account; that of entries is written with theirs.</summary>
    private void WriteLastActivity(LedgerDelta delta)
    {
        foreach (var item in delta.Activities)
        {
            Statement("UPDATE coin_balances SET last_activity_at = max(coalesce(last_activity_at, ?2), ?2) WHERE user_id = ?1").Add(item.UserId).Add(Time(item.At)).Run();
        }
    }

    private void WriteUsage(IReadOnlyList<DayUsage> usage)
    {
        foreach (var row in usage)
        {
            Statement(
                """
                INSERT INTO daily_limits (user_id, day, earned, spent, messages) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT (day, user_id) DO UPDATE SET earned = excluded.earned, spent = excluded.spent, messages = excluded.messages
                """)
                .Add(row.UserId).Add(SqliteDialect.ToText(row.Day)).Add(row.Earned.Value).Add(row.Spent.Value).Add(row.Messages).Run();
        }
    }

    private void WriteLeaderboard(IReadOnlyList<LeaderboardChange> changes)
    {
        foreach (var row in changes)
        {
            Statement(
                """
                INSERT INTO coin_leaderboard AS l (slice_start, user_id, earned, spent) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (slice_start, user_id) DO UPDATE SET earned = l.earned + excluded.earned, spent = l.spent + excluded.spent
                """)
                .Add(SqliteDialect.ToText(row.Slice)).Add(row.UserId).Add(row.Earned.Value).Add(row.Spent.Value).Run();
        }
    }

    private void WriteAnswers(IReadOnlyList<KeptAnswer> answers)
    {
        foreach (var answer in answers)
        {
            Statement("INSERT INTO kept_answers (idempotency_key, request_hash, user_id, kind, refusal, decided_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
                .Add(answer.IdempotencyKey).Add(answer.RequestHash).Add(answer.UserId).Add(answer.Kind)
                .Add(answer.Refusal is { } refusal ? JsonSerializer.Serialize(refusal) : null).Add(Time(answer.At)).Run();
        }
    }

    private void WriteActivities(IReadOnlyList<ActivityEvent> events)
    {
        foreach (var item in events)
        {
            Statement("INSERT INTO activities (event_id, seq, user_id, kind, metadata, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
                .Add(SqliteDialect.ToText(item.Id)).Add(item.Sequence).Add(item.UserId).Add(item.Kind).Add(item.Metadata).Add(Time(item.At)).Run();
        }
    }

    private void WriteOutbox(IReadOnlyList<OutboxEvent> events)
    {
        foreach (var item in events)
        {
            Statement("INSERT INTO outbox (seq, kind, reference, user_id) VALUES (?1, ?2, ?3, ?4)")
                .Add(item.Sequence).Add(SqlRows.Code(item.Kind)).Add(item.Reference).Add(item.UserId).Run();
        }
    }

    private void WritePolicy(LedgerPolicy policy, DateTimeOffset at)
    {
        foreach (var (type, amount) in policy.Prices)
        {
            Statement("INSERT INTO prices (entry_type, amount) VALUES (?1, ?2) ON CONFLICT (entry_type) DO UPDATE SET amount = excluded.amount")
                .Add(type).Add(amount).Run();
        }

        foreach (var (key, value) in SqlPolicy.ToControl(policy))
        {
            Statement(
                """
                INSERT INTO control (key, value, updated_at) VALUES (?1, ?2, ?3)
                ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
                """)
                .Add(key).Add(value).Add(Time(at)).Run();
        }
    }

    private SqliteStatement Statement(string sql) =>
        _statements.TryGetValue(sql, out var known) ? known : _statements[sql] = new SqliteStatement(connection, sql);

    private static long Time(DateTimeOffset instant) => LedgerTime.ToUnixMicroseconds(instant);
}
