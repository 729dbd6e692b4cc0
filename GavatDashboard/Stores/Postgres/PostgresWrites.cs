using System.Text.Json;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;
using Npgsql;
using NpgsqlTypes;

namespace GavatDashboard.Stores.Postgres;

/// <summary>A decided batch as set-based statements: one a table, each fed by arrays.</summary>
internal static class PostgresWrites
{
    /// <summary>Adds all statements that write a delta.</summary>
    public static void AddTo(NpgsqlBatch batch, LedgerDelta delta, UnseenKeys keys)
    {
        AddHead(batch, delta);
        AddNewRows(batch, delta, keys);
        AddChangedRows(batch, delta);
        if (delta.Policy is { } policy)
        {
            AddPolicy(batch, policy, delta.At);
        }
    }

    /// <summary>Adds the statement that moves the head: it refuses a writer that another has overtaken.</summary>
    public static void AddHead(NpgsqlBatch batch, LedgerDelta delta) => Add(
        batch,
        // Another head than the one that was decided upon makes the new revision null, which the column refuses.
        """
        UPDATE ledger_head
        SET seq = $1, chain_hash = $2, policy_version = coalesce($5, policy_version), revision = CASE WHEN revision = $3 AND epoch = $4 THEN $6 END
        WHERE id = 1
        """,
        Long(delta.After.Sequence), Bytes(delta.After.ChainHash), Long(delta.Before.Revision), Long(delta.Before.Epoch), LongOrNull(delta.Policy?.Version),
        Long(delta.After.Revision));

    /// <summary>Adds the statements for the rows that nobody else has, before which keys are refused that were used before.</summary>
    public static void AddNewRows(NpgsqlBatch batch, LedgerDelta delta, UnseenKeys keys)
    {
        AddKeys(batch, keys);
        AddUsers(batch, delta.NewUsers);
        AddEntries(batch, delta.Entries);
        AddAnswers(batch, delta.Answers);
        AddActivities(batch, delta.Activities);
        AddOutbox(batch, delta.Outbox);
    }

    /// <summary>Adds the statements for the rows of accounts, which every batch with these accounts changes.</summary>
    public static void AddChangedRows(NpgsqlBatch batch, LedgerDelta delta)
    {
        var accounts = new AccountRows(delta);
        AddAccounts(batch, accounts.Rows);
        AddUsage(batch, accounts.EarlierDays);
        AddLeaderboard(batch, accounts.EarlierSlices);
        AddLastActivity(batch, delta.Activities);
    }

    private static void AddKeys(NpgsqlBatch batch, UnseenKeys keys)
    {
        if (keys.OfEntries.Count + keys.OfOthers.Count > 0)
        {
            Add(
                batch,
                // Where a key was used, there is a row to add, and the column refuses it.
                """
                INSERT INTO kept_answers (idempotency_key)
                SELECT NULL WHERE EXISTS (SELECT 1 FROM kept_answers WHERE idempotency_key = ANY($1))
                    OR EXISTS (SELECT 1 FROM coin_transactions WHERE idempotency_key = ANY($2))
                """,
                Texts([.. keys.OfEntries, .. keys.OfOthers], key => key), Texts(keys.OfOthers, key => key));
        }
    }

    private static void AddUsers(NpgsqlBatch batch, IReadOnlyList<User> users) => AddRows(
        batch, users,
        "INSERT INTO users (user_id, username, type, registered_at) SELECT * FROM unnest($1, $2, $3, $4)",
        Texts(users, user => user.Id), Texts(users, user => user.Username), Texts(users, user => SqlRows.Code(user.Type)), Times(users, user => user.RegisteredAt));

    private static void AddEntries(NpgsqlBatch batch, IReadOnlyList<Entry> entries) => AddRows(
        batch, entries,
        """
        INSERT INTO coin_transactions (seq, entry_id, user_id, type, amount, balance_after, contra_account, description, related_user_id,
            metadata, reversal_of, idempotency_key, request_hash, effective_at, recorded_at, actor, epoch, chain_hash)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        """,
        Longs(entries, entry => entry.Sequence), Array(entries, entry => entry.Id, NpgsqlDbType.Uuid), Texts(entries, entry => entry.UserId),
        Texts(entries, entry => entry.Type.Code), Longs(entries, entry => entry.Amount.Value), Longs(entries, entry => entry.BalanceAfter.Value),
        Texts(entries, entry => entry.ContraAccount), Texts(entries, entry => entry.Description), Texts(entries, entry => entry.RelatedUserId),
        Texts(entries, entry => entry.Metadata), Array(entries, entry => entry.ReversalOf, NpgsqlDbType.Uuid), Texts(entries, entry => entry.IdempotencyKey),
        Blobs(entries, entry => entry.RequestHash), Times(entries, entry => entry.EffectiveAt), Times(entries, entry => entry.RecordedAt),
        Texts(entries, entry => entry.Actor), Longs(entries, entry => entry.Epoch), Blobs(entries, entry => entry.ChainHash));

    /// <summary>What stands with the account of an earlier day or slice is put into its table by the trigger.</summary>
    private static void AddAccounts(NpgsqlBatch batch, IReadOnlyList<AccountRow> rows) => AddRows(
        batch, rows,
        """
        INSERT INTO coin_balances AS b (user_id, balance, earned, spent, granted, tier, pinned_tier, pin_reason, pin_actor, pin_expires_at, debt, version, updated_at,
            last_activity_at, usage_day, day_earned, day_spent, day_messages, slice_start, slice_earned, slice_spent)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
        ON CONFLICT (user_id) DO UPDATE SET balance = excluded.balance, earned = excluded.earned, spent = excluded.spent, granted = excluded.granted,
            tier = excluded.tier, pinned_tier = excluded.pinned_tier, pin_reason = excluded.pin_reason, pin_actor = excluded.pin_actor,
            pin_expires_at = excluded.pin_expires_at, debt = excluded.debt, version = excluded.version, updated_at = excluded.updated_at,
            last_activity_at = greatest(b.last_activity_at, excluded.last_activity_at),
            usage_day = coalesce(excluded.usage_day, b.usage_day),
            day_earned = CASE WHEN excluded.usage_day IS NULL THEN b.day_earned ELSE excluded.day_earned END,
            day_spent = CASE WHEN excluded.usage_day IS NULL THEN b.day_spent ELSE excluded.day_spent END,
            day_messages = CASE WHEN excluded.usage_day IS NULL THEN b.day_messages ELSE excluded.day_messages END,
            slice_start = coalesce(excluded.slice_start, b.slice_start),
            slice_earned = excluded.slice_earned + CASE WHEN excluded.slice_start <> b.slice_start THEN 0 ELSE b.slice_earned END,
            slice_spent = excluded.slice_spent + CASE WHEN excluded.slice_start <> b.slice_start THEN 0 ELSE b.slice_spent END
        """,
        Texts(rows, row => row.Account.UserId), Longs(rows, row => row.Account.Balance.Value), Longs(rows, row => row.Account.Earned.Value),
        Longs(rows, row => row.Account.Spent.Value), Longs(rows, row => row.Account.Granted.Value), Texts(rows, row => SqlRows.Code(row.Account.Tier)),
        Texts(rows, row => row.Account.Pin is { } pin ? SqlRows.Code(pin.Tier) : null), Texts(rows, row => row.Account.Pin?.Reason),
        Texts(rows, row => row.Account.Pin?.Actor), TimesOrNull(rows, row => row.Account.Pin?.ExpiresAt),
        Array(rows, row => row.Account.InDebt, NpgsqlDbType.Boolean), Longs(rows, row => row.Account.Version), Times(rows, row => row.Account.UpdatedAt),
        TimesOrNull(rows, row => row.LastActivity),
        Array(rows, row => row.Usage?.Day, NpgsqlDbType.Date), Longs(rows, row => row.Usage?.Earned.Value ?? 0), Longs(rows, row => row.Usage?.Spent.Value ?? 0),
        Array(rows, row => row.Usage?.Messages ?? 0, NpgsqlDbType.Integer),
        Array(rows, row => row.Slice?.Slice, NpgsqlDbType.Date), Longs(rows, row => row.Slice?.Earned.Value ?? 0), Longs(rows, row => row.Slice?.Spent.Value ?? 0));

    private static void AddUsage(NpgsqlBatch batch, IReadOnlyList<DayUsage> usage) => AddRows(
        batch, usage,
        """
        INSERT INTO daily_limits (user_id, day, earned, spent, messages) SELECT * FROM unnest($1, $2, $3, $4, $5)
        ON CONFLICT (day, user_id) DO UPDATE SET earned = excluded.earned, spent = excluded.spent, messages = excluded.messages
        """,
        Texts(usage, row => row.UserId), Array(usage, row => row.Day, NpgsqlDbType.Date), Longs(usage, row => row.Earned.Value),
        Longs(usage, row => row.Spent.Value), Array(usage, row => row.Messages, NpgsqlDbType.Integer));

    private static void AddLeaderboard(NpgsqlBatch batch, IReadOnlyList<LeaderboardChange> rows) => AddRows(
        batch, rows,
        """
        INSERT INTO coin_leaderboard AS l (slice_start, user_id, earned, spent) SELECT * FROM unnest($1, $2, $3, $4)
        ON CONFLICT (slice_start, user_id) DO UPDATE SET earned = l.earned + excluded.earned, spent = l.spent + excluded.spent
        """,
        Array(rows, row => row.Slice, NpgsqlDbType.Date), Texts(rows, row => row.UserId), Longs(rows, row => row.Earned.Value), Longs(rows, row => row.Spent.Value));

    private static void AddAnswers(NpgsqlBatch batch, IReadOnlyList<KeptAnswer> answers) => AddRows(
        batch, answers,
        "INSERT INTO kept_answers (idempotency_key, request_hash, user_id, kind, refusal, decided_at) SELECT * FROM unnest($1, $2, $3, $4, $5, $6)",
        Texts(answers, answer => answer.IdempotencyKey), Blobs(answers, answer => answer.RequestHash), Texts(answers, answer => answer.UserId),
        Texts(answers, answer => answer.Kind), Texts(answers, answer => answer.Refusal is { } refusal ? JsonSerializer.Serialize(refusal) : null),
        Times(answers, answer => answer.At));

    private static void AddActivities(NpgsqlBatch batch, IReadOnlyList<ActivityEvent> events) => AddRows(
        batch, events,
        "INSERT INTO activities (event_id, seq, user_id, kind, metadata, at) SELECT * FROM unnest($1, $2, $3, $4, $5, $6)",
        Array(events, item => item.Id, NpgsqlDbType.Uuid), Longs(events, item => item.Sequence), Texts(events, item => item.UserId),
        Texts(events, item => item.Kind), Texts(events, item => item.Metadata), Times(events, item => item.At));

    /// <summary>Activity alone changes no account; that of entries is written with theirs.</summary>
    private static void AddLastActivity(NpgsqlBatch batch, IReadOnlyList<ActivityEvent> events)
    {
        var rows = events.GroupBy(item => item.UserId, StringComparer.Ordinal).Select(user => (UserId: user.Key, At: user.Max(item => item.At))).ToArray();
        AddRows(
            batch, rows,
            """
            UPDATE coin_balances b SET last_activity_at = greatest(b.last_activity_at, n.at) FROM unnest($1, $2) AS n (user_id, at) WHERE b.user_id = n.user_id
            """,
            Texts(rows, row => row.UserId), Times(rows, row => row.At));
    }

    private static void AddOutbox(NpgsqlBatch batch, IReadOnlyList<OutboxEvent> events) => AddRows(
        batch, events,
        "INSERT INTO outbox (seq, kind, reference, user_id) SELECT * FROM unnest($1, $2, $3, $4)",
        Longs(events, item => item.Sequence), Texts(events, item => SqlRows.Code(item.Kind)), Texts(events, item => item.Reference), Texts(events, item => item.UserId));

    private static void AddPolicy(NpgsqlBatch batch, LedgerPolicy policy, DateTimeOffset at)
    {
        var prices = policy.Prices.ToArray();
        var control = SqlPolicy.ToControl(policy).ToArray();
        AddRows(
            batch, prices,
            "INSERT INTO prices (entry_type, amount) SELECT * FROM unnest($1, $2) ON CONFLICT (entry_type) DO UPDATE SET amount = excluded.amount",
            Texts(prices, price => price.Key), Array(prices, price => price.Value, NpgsqlDbType.Bigint));
        AddRows(
            batch, control,
            """
            INSERT INTO control (key, value, updated_at) SELECT * FROM unnest($1, $2, $3)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
            """,
            Texts(control, row => row.Key), Texts(control, row => row.Value), Times(control, _ => at));
    }

    private static void AddRows<T>(NpgsqlBatch batch, IReadOnlyCollection<T> rows, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        if (rows.Count > 0)
        {
            Add(batch, sql, parameters);
        }
    }

    private static void Add(NpgsqlBatch batch, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        batch.BatchCommands.Add(command);
    }

    private static NpgsqlParameter<long> Long(long value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bigint };

    private static NpgsqlParameter LongOrNull(long? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint };

    private static NpgsqlParameter<byte[]> Bytes(byte[] value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bytea };

    private static NpgsqlParameter Texts<T>(IReadOnlyCollection<T> rows, Func<T, string?> column) => Array(rows, column, NpgsqlDbType.Text);

    private static NpgsqlParameter Longs<T>(IReadOnlyCollection<T> rows, Func<T, long> column) => Array(rows, column, NpgsqlDbType.Bigint);

    private static NpgsqlParameter Blobs<T>(IReadOnlyCollection<T> rows, Func<T, byte[]> column) => Array(rows, column, NpgsqlDbType.Bytea);

    private static NpgsqlParameter Times<T>(IReadOnlyCollection<T> rows, Func<T, DateTimeOffset> column) =>
        Array(rows, row => column(row).UtcDateTime, NpgsqlDbType.TimestampTz);

    private static NpgsqlParameter TimesOrNull<T>(IReadOnlyCollection<T> rows, Func<T, DateTimeOffset?> column) =>
        Array(rows, row => column(row)?.UtcDateTime, NpgsqlDbType.TimestampTz);

    private static NpgsqlParameter Array<T, TValue>(IReadOnlyCollection<T> rows, Func<T, TValue> column, NpgsqlDbType type)
    {
        var values = new TValue[rows.Count];
        var i = 0;
        foreach (var row in rows)
        {
            values[i++] = column(row);
        }

        return new NpgsqlParameter<TValue[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
    }
}
