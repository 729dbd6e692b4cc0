using System.Text.Json;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Sqlite;

/// <summary>A decided batch as prepared statements, run a row at a time inside the caller's transaction.</summary>
internal static class SqliteWrites
{
    public static void Write(SqliteConnection connection, SqliteTransaction transaction, LedgerDelta delta)
    {
        WriteHead(connection, transaction, delta);
        WriteUsers(connection, transaction, delta.NewUsers);
        WriteEntries(connection, transaction, delta.Entries);
        WriteAccounts(connection, transaction, delta.Accounts);
        WriteUsage(connection, transaction, delta.Usage);
        WriteLeaderboard(connection, transaction, delta.Leaderboard);
        WriteAnswers(connection, transaction, delta.Answers);
        WriteActivities(connection, transaction, delta.Activities);
        Each(
            connection, transaction,
            "UPDATE users SET last_activity_at = max(coalesce(last_activity_at, 0), $2) WHERE user_id = $1",
            delta.LastActivity, row => [row.Key, Time(row.Value)]);
        Each(
            connection, transaction,
            "INSERT INTO outbox (seq, kind, reference, user_id) VALUES ($1, $2, $3, $4)",
            delta.Outbox, item => [item.Sequence, SqlRows.Code(item.Kind), item.Reference, item.UserId]);
        if (delta.Policy is { } policy)
        {
            WritePolicy(connection, transaction, policy, delta.At);
        }
    }

    private static void WriteHead(SqliteConnection connection, SqliteTransaction transaction, LedgerDelta delta) => Each(
        connection, transaction,
        // Another revision than the one that was decided upon makes the new revision null, which the column refuses.
        """
        UPDATE ledger_head
        SET seq = $1, chain_hash = $2, revision = CASE WHEN revision = $3 AND epoch = $4 THEN $6 END, policy_version = coalesce($5, policy_version)
        WHERE id = 1
        """,
        [delta],
        row => [row.After.Sequence, row.After.ChainHash, row.Before.Revision, row.Before.Epoch, row.Policy?.Version, row.After.Revision]);

    private static void WriteUsers(SqliteConnection connection, SqliteTransaction transaction, IReadOnlyCollection<User> users) => Each(
        connection, transaction,
        "INSERT INTO users (user_id, username, type, registered_at) VALUES ($1, $2, $3, $4)",
        users, user => [user.Id, user.Username, SqlRows.Code(user.Type), Time(user.RegisteredAt)]);

    private static void WriteEntries(SqliteConnection connection, SqliteTransaction transaction, IReadOnlyCollection<Entry> entries) => Each(
        connection, transaction,
        """
        INSERT INTO coin_transactions (seq, entry_id, user_id, type, amount, balance_after, contra_account, description, related_user_id,
            metadata, reversal_of, idempotency_key, request_hash, effective_at, recorded_at, actor, epoch, chain_hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        """,
        entries,
        entry =>
        [
            entry.Sequence, SqliteDialect.ToText(entry.Id), entry.UserId, entry.Type.Code, entry.Amount.Value, entry.BalanceAfter.Value,
            entry.ContraAccount, entry.Description, entry.RelatedUserId, entry.Metadata,
            entry.ReversalOf is { } reversed ? SqliteDialect.ToText(reversed) : null, entry.IdempotencyKey, entry.RequestHash,
            Time(entry.EffectiveAt), Time(entry.RecordedAt), entry.Actor, entry.Epoch, entry.ChainHash,
        ]);

    private static void WriteAccounts(SqliteConnection connection, SqliteTransaction transaction, IReadOnlyCollection<Account> accounts) => Each(
        connection, transaction,
        """
        INSERT INTO coin_balances (user_id, balance, earned, spent, granted, tier, pinned_tier, pin_reason, pin_actor, pin_expires_at, debt, version, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (user_id) DO UPDATE SET balance = excluded.balance, earned = excluded.earned, spent = excluded.spent, granted = excluded.granted,
            tier = excluded.tier, pinned_tier = excluded.pinned_tier, pin_reason = excluded.pin_reason, pin_actor = excluded.pin_actor,
            pin_expires_at = excluded.pin_expires_at, debt = excluded.debt, version = excluded.version, updated_at = excluded.updated_at
        """,
        accounts,
        account =>
        [
            account.UserId, account.Balance.Value, account.Earned.Value, account.Spent.Value, account.Granted.Value, SqlRows.Code(account.Tier),
            account.Pin is { } pin ? SqlRows.Code(pin.Tier) : null, account.Pin?.Reason, account.Pin?.Actor,
            account.Pin?.ExpiresAt is { } end ? Time(end) : null, account.InDebt, account.Version, Time(account.UpdatedAt),
        ]);

    private static void WriteUsage(SqliteConnection connection, SqliteTransaction transaction, IReadOnlyCollection<DayUsage> usage) => Each(
        connection, transaction,
        """
        INSERT INTO daily_limits (user_id, day, earned, spent, messages) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (user_id, day) DO UPDATE SET earned = excluded.earned, spent = excluded.spent, messages = excluded.messages
        """,
        usage, row => [row.UserId, SqliteDialect.ToText(row.Day), row.Earned.Value, row.Spent.Value, row.Messages]);

    private static void WriteLeaderboard(SqliteConnection connection, SqliteTransaction transaction, IReadOnlyCollection<LeaderboardChange> rows) => Each(
        connection, transaction,
        """
        INSERT INTO coin_leaderboard AS l (period, period_start, user_id, earned, spent) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (period, period_start, user_id) DO UPDATE SET earned = l.earned + excluded.earned, spent = l.spent + excluded.spent
        """,
        rows, row => [SqlRows.Code(row.Period), SqliteDialect.ToText(row.Start), row.UserId, row.Earned.Value, row.Spent.Value]);

    private static void WriteAnswers(SqliteConnection connection, SqliteTransaction transaction, IReadOnlyCollection<KeptAnswer> answers) => Each(
        connection, transaction,
        "INSERT INTO kept_answers (idempotency_key, request_hash, user_id, kind, refusal, decided_at) VALUES ($1, $2, $3, $4, $5, $6)",
        answers,
        answer =>
        [
            answer.IdempotencyKey, answer.RequestHash, answer.UserId, answer.Kind,
            answer.Refusal is { } refusal ? JsonSerializer.Serialize(refusal) : null, Time(answer.At),
        ]);

    private static void WriteActivities(SqliteConnection connection, SqliteTransaction transaction, IReadOnlyCollection<ActivityEvent> events) => Each(
        connection, transaction,
        "INSERT INTO activities (event_id, seq, user_id, kind, metadata, at) VALUES ($1, $2, $3, $4, $5, $6)",
        events, item => [SqliteDialect.ToText(item.Id), item.Sequence, item.UserId, item.Kind, item.Metadata, Time(item.At)]);

    private static void WritePolicy(SqliteConnection connection, SqliteTransaction transaction, LedgerPolicy policy, DateTimeOffset at)
    {
        Each(
            connection, transaction,
            "INSERT INTO prices (entry_type, amount) VALUES ($1, $2) ON CONFLICT (entry_type) DO UPDATE SET amount = excluded.amount",
            policy.Prices, price => [price.Key, price.Value]);
        Each(
            connection, transaction,
            """
            INSERT INTO control (key, value, updated_at) VALUES ($1, $2, $3)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
            """,
            SqlPolicy.ToControl(policy).ToArray(), row => [row.Key, row.Value, Time(at)]);
    }

    private static void Each<T>(
        SqliteConnection connection, SqliteTransaction transaction, string sql, IReadOnlyCollection<T> rows, Func<T, object?[]> values)
    {
        if (rows.Count == 0)
        {
            return;
        }

        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        foreach (var row in rows)
        {
            var columns = values(row);
            for (var i = 0; i < columns.Length; i++)
            {
                if (command.Parameters.Count <= i)
                {
                    command.Parameters.Add(new SqliteParameter { ParameterName = $"${i + 1}" });
                }

                command.Parameters[i].Value = columns[i] ?? DBNull.Value;
            }

            command.ExecuteNonQuery();
        }
    }

    private static long Time(DateTimeOffset instant) => LedgerTime.ToUnixMicroseconds(instant);
}
