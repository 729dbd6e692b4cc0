using System.Data.Common;
using System.Text;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Sql;

/// <summary>The questions a ledger answers, asked in the SQL that both stores understand.</summary>
internal sealed class SqlLedgerReads(SqlDialect dialect)
{
    private readonly SqlRows _rows = new(dialect);

    public async Task<LedgerHead> ReadHeadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, "SELECT epoch, seq, chain_hash, revision FROM ledger_head WHERE id = 1");
        return await SingleAsync(command, Head, cancellationToken)
            ?? throw new InvalidOperationException("The table ledger_head is empty: the store was not migrated, or it is damaged.");
    }

    public async Task<LedgerPolicy> ReadPolicyAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Command(
            connection,
            "SELECT policy_version FROM ledger_head WHERE id = 1; SELECT entry_type, amount FROM prices; SELECT key, value FROM control");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var version = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        var prices = new Dictionary<string, long?>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            prices[reader.GetString(0)] = reader.IsDBNull(1) ? null : reader.GetInt64(1);
        }

        await reader.NextResultAsync(cancellationToken);
        var control = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            control[reader.GetString(0)] = reader.GetString(1);
        }

        return SqlPolicy.From(version, prices, control);
    }

    public async Task<IReadOnlyList<Account>> FindAccountsAsync(
        DbConnection connection, IReadOnlyCollection<string> userIds, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, $"SELECT {SqlRows.AccountColumns} FROM coin_balances b WHERE {dialect.AnyOf("b.user_id", "ids")}");
        dialect.AddTexts(command, "ids", userIds);
        return await ListAsync(command, _rows.Account, cancellationToken);
    }

    public async Task<DayUsage?> FindUsageAsync(DbConnection connection, string userId, DateOnly day, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, $"SELECT {SqlRows.UsageColumns} FROM {SqlRows.UsageByDay} WHERE user_id = @id AND day = @day");
        dialect.Add(command, "id", userId);
        dialect.AddDay(command, "day", day);
        return await SingleAsync(command, _rows.Usage, cancellationToken);
    }

    public async Task<IReadOnlyList<DayUsage>> ListUsageAsync(
        DbConnection connection, IReadOnlyCollection<string> userIds, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, $"SELECT {SqlRows.UsageColumns} FROM {SqlRows.UsageByDay} WHERE {dialect.AnyOf("user_id", "ids")}");
        dialect.AddTexts(command, "ids", userIds);
        return await ListAsync(command, _rows.Usage, cancellationToken);
    }

    public async Task<User?> FindUserAsync(DbConnection connection, string userId, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, $"SELECT {SqlRows.UserColumns} FROM {SqlRows.UserTables} WHERE u.user_id = @id");
        dialect.Add(command, "id", userId);
        return await SingleAsync(command, _rows.User, cancellationToken);
    }

    public async Task<IReadOnlyList<User>> SearchUsersAsync(DbConnection connection, string text, int limit, CancellationToken cancellationToken)
    {
        var pattern = "%" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal) + "%";
        var sql = text.Length == 0
            ? $"SELECT {SqlRows.UserColumns} FROM {SqlRows.UserTables} WHERE u.user_id NOT LIKE 'system:%' ORDER BY b.last_activity_at DESC NULLS LAST, u.user_id LIMIT @limit"
            : $"""
               SELECT {SqlRows.UserColumns} FROM {SqlRows.UserTables}
               WHERE ({dialect.Like("u.user_id", "pattern")} OR {dialect.Like("u.username", "pattern")}) AND u.user_id NOT LIKE 'system:%'
               ORDER BY CASE WHEN lower(u.user_id) = lower(@text) THEN 0 WHEN lower(u.username) = lower(@text) THEN 1
                             WHEN {dialect.Like("u.user_id", "prefix")} OR {dialect.Like("u.username", "prefix")} THEN 2 ELSE 3 END,
                        b.last_activity_at DESC NULLS LAST, u.user_id
               LIMIT @limit
               """;
        await using var command = Command(connection, sql);
        dialect.Add(command, "limit", limit);
        if (text.Length > 0)
        {
            dialect.Add(command, "text", text);
            dialect.Add(command, "pattern", pattern);
            dialect.Add(command, "prefix", pattern[1..]);
        }

        return await ListAsync(command, _rows.User, cancellationToken);
    }

    public async Task<IReadOnlyList<User>> ListUsersAsync(DbConnection connection, string afterUserId, int limit, CancellationToken cancellationToken)
    {
        await using var command = Command(
            connection, $"SELECT {SqlRows.UserColumns} FROM {SqlRows.UserTables} WHERE u.user_id > @after AND u.user_id NOT LIKE 'system:%' ORDER BY u.user_id LIMIT @limit");
        dialect.Add(command, "after", afterUserId);
        dialect.Add(command, "limit", limit);
        return await ListAsync(command, _rows.User, cancellationToken);
    }

    public async Task<Entry?> FindEntryAsync(DbConnection connection, string column, Guid id, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, $"SELECT {SqlRows.EntryColumns} FROM coin_transactions t WHERE t.{column} = @id");
        dialect.AddId(command, "id", id);
        return await SingleAsync(command, _rows.Entry, cancellationToken);
    }

    public async Task<IReadOnlyList<Entry>> ListEntriesAsync(DbConnection connection, EntryQuery query, CancellationToken cancellationToken)
    {
        var before = query.Before is { } id ? await FindEntryAsync(connection, "entry_id", id, cancellationToken) : null;
        if (query.Before is not null && before is null)
        {
            return [];
        }

        await using var command = Command(connection, string.Empty);
        var sql = new StringBuilder($"SELECT {SqlRows.EntryColumns} FROM coin_transactions t WHERE ");
        // Everybody's entries are a stream: in the order in which they were recorded, which the primary key gives for nothing.
        var byUser = query.UserId is not null;
        if (byUser)
        {
            sql.Append("t.user_id = @user");
            dialect.Add(command, "user", query.UserId!);
        }
        else
        {
            sql.Append("t.user_id NOT LIKE 'system:%'");
        }

        if (query.Type is { } type)
        {
            sql.Append(" AND t.type = @type");
            dialect.Add(command, "type", type.Code);
        }

        if (query.From is { } from)
        {
            sql.Append(" AND t.effective_at >= @from");
            dialect.AddTime(command, "from", from);
        }

        if (query.To is { } to)
        {
            sql.Append(" AND t.effective_at < @to");
            dialect.AddTime(command, "to", to);
        }

        if (before is not null)
        {
            sql.Append(byUser ? " AND (t.effective_at, t.seq) < (@at, @seq)" : " AND t.seq < @seq");
            dialect.Add(command, "seq", before.Sequence);
            if (byUser)
            {
                dialect.AddTime(command, "at", before.EffectiveAt);
            }
        }

        sql.Append(byUser ? " ORDER BY t.effective_at DESC, t.seq DESC LIMIT @limit" : " ORDER BY t.seq DESC LIMIT @limit");
        dialect.Add(command, "limit", query.Limit);
        command.CommandText = sql.ToString();
        return await ListAsync(command, _rows.Entry, cancellationToken);
    }

    public async Task<IReadOnlyList<ActivityEvent>> ListActivitiesAsync(
        DbConnection connection, string userId, DateTimeOffset since, int limit, CancellationToken cancellationToken)
    {
        await using var command = Command(
            connection, $"SELECT {SqlRows.ActivityColumns} FROM activities WHERE user_id = @id AND at >= @since ORDER BY at DESC, seq DESC LIMIT @limit");
        dialect.Add(command, "id", userId);
        dialect.AddTime(command, "since", since);
        dialect.Add(command, "limit", limit);
        return await ListAsync(command, _rows.Activity, cancellationToken);
    }

    public async Task<IReadOnlyList<KeptAnswer>> ListRefusalsAsync(
        DbConnection connection, string userId, DateTimeOffset since, CancellationToken cancellationToken)
    {
        await using var command = Command(
            connection,
            $"SELECT {SqlRows.AnswerColumns} FROM kept_answers WHERE user_id = @id AND decided_at >= @since AND kind = 'refused' ORDER BY decided_at DESC LIMIT 1000");
        dialect.Add(command, "id", userId);
        dialect.AddTime(command, "since", since);
        return await ListAsync(command, _rows.Answer, cancellationToken);
    }

    /// <summary>Reads all that a batch needs to be decided; with <paramref name="lockHead"/> it keeps other writers out until the transaction ends.</summary>
    public async Task<LedgerState> LoadAsync(
        DbConnection connection, DbTransaction? transaction, LedgerReads reads, bool lockHead, Func<CancellationToken, Task<LedgerPolicy>> policy, CancellationToken cancellationToken)
    {
        // Lock first and read in the next statement: one that joins the lock would see what stood before it had waited.
        List<string> statements =
        [
            .. dialect.BeforeLoad,
            $"SELECT epoch, seq, chain_hash, revision FROM ledger_head WHERE id = 1 {(lockHead ? dialect.LockHead : string.Empty)}",
            $"SELECT {SqlRows.AccountColumns}, {SqlRows.UserColumns} FROM {SqlRows.UserTables} WHERE {dialect.AnyOf("u.user_id", "ids")}",
            $"SELECT {SqlRows.UsageColumns} FROM {SqlRows.UsageByDay} WHERE {dialect.AnyOf("user_id", "ids")} AND day = @day",
            $"SELECT {SqlRows.EntryColumns} FROM coin_transactions t WHERE {dialect.AnyOf("t.idempotency_key", "keys")}",
            $"SELECT {SqlRows.AnswerColumns} FROM kept_answers WHERE {dialect.AnyOf("idempotency_key", "keys")}",
        ];
        if (reads.OriginalEntryIds.Count > 0)
        {
            statements.Add($"SELECT {SqlRows.EntryColumns} FROM coin_transactions t WHERE {dialect.AnyOf("t.entry_id", "originals")}");
            statements.Add($"SELECT t.reversal_of FROM coin_transactions t WHERE {dialect.AnyOf("t.reversal_of", "originals")}");
        }

        await using var command = Command(connection, string.Join(";\n", statements));
        command.Transaction = transaction;
        dialect.AddTexts(command, "ids", reads.UserIds);
        dialect.AddDay(command, "day", reads.Day);
        dialect.AddTexts(command, "keys", reads.Keys);
        if (reads.OriginalEntryIds.Count > 0)
        {
            dialect.AddIds(command, "originals", reads.OriginalEntryIds);
        }

        LedgerState state;
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            state = await ReadStateAsync(reader, cancellationToken);
        }

        state.Policy = await policy(cancellationToken);
        await LoadReplayedAccountsAsync(connection, transaction, state, cancellationToken);
        return state;
    }

    private async Task<LedgerState> ReadStateAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        if (!await reader.ReadAsync(cancellationToken))
        {
            throw new InvalidOperationException("The table ledger_head is empty: the store was not migrated, or it is damaged.");
        }

        var state = new LedgerState { Head = Head(reader), Policy = LedgerPolicy.Default };
        await EachAsync(reader, row =>
        {
            var account = _rows.Account(row);
            state.Accounts[account.UserId] = account;
            state.Users[account.UserId] = _rows.User(row, SqlRows.AccountColumnCount);
        }, cancellationToken);
        await EachAsync(reader, row => state.Usage[row.GetString(0)] = _rows.Usage(row), cancellationToken);
        await EachAsync(reader, row => state.EntriesByKey[row.GetString(11)] = _rows.Entry(row), cancellationToken);
        await EachAsync(reader, row => state.AnswersByKey[row.GetString(0)] = _rows.Answer(row), cancellationToken);
        await EachAsync(reader, row => state.Originals[dialect.GetId(row, 1)] = _rows.Entry(row), cancellationToken);
        await EachAsync(reader, row => state.Reversed.Add(dialect.GetId(row, 0)), cancellationToken);
        return state;
    }

    /// <summary>A key that was used for another user's entry names an account that the batch did not ask for.</summary>
    private async Task LoadReplayedAccountsAsync(DbConnection connection, DbTransaction? transaction, LedgerState state, CancellationToken cancellationToken)
    {
        var missing = state.EntriesByKey.Values.Select(entry => entry.UserId).Where(id => !state.Accounts.ContainsKey(id)).Distinct(StringComparer.Ordinal).ToArray();
        if (missing.Length == 0)
        {
            return;
        }

        await using var command = Command(connection, $"SELECT {SqlRows.AccountColumns} FROM coin_balances b WHERE {dialect.AnyOf("b.user_id", "ids")}");
        command.Transaction = transaction;
        dialect.AddTexts(command, "ids", missing);
        foreach (var account in await ListAsync(command, _rows.Account, cancellationToken))
        {
            state.Accounts[account.UserId] = account;
        }
    }

    private static async Task EachAsync(DbDataReader reader, Action<DbDataReader> use, CancellationToken cancellationToken)
    {
        if (!await reader.NextResultAsync(cancellationToken))
        {
            return;
        }

        while (await reader.ReadAsync(cancellationToken))
        {
            use(reader);
        }
    }

    private static LedgerHead Head(DbDataReader row) =>
        new(row.GetInt64(0), row.GetInt64(1), row.GetFieldValue<byte[]>(2), row.GetInt64(3));

    internal static DbCommand Command(DbConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    internal static async Task<IReadOnlyList<T>> ListAsync<T>(DbCommand command, Func<DbDataReader, T> map, CancellationToken cancellationToken)
    {
        var list = new List<T>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            list.Add(map(reader));
        }

        return list;
    }

    internal static async Task<T?> SingleAsync<T>(DbCommand command, Func<DbDataReader, T> map, CancellationToken cancellationToken)
        where T : class
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? map(reader) : null;
    }
}
