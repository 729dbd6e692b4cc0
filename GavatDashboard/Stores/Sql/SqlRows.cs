using System.Data.Common;
using System.Text.Json;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Sql;

/// <summary>The columns of each kind of row and how they become domain types; the same for both SQL stores.</summary>
internal sealed class SqlRows(SqlDialect dialect)
{
    /// <summary>The columns that <c>Entry</c> reads, of a table called <c>t</c>.</summary>
    public const string EntryColumns =
        "t.seq, t.entry_id, t.user_id, t.type, t.amount, t.balance_after, t.contra_account, t.description, t.related_user_id, "
        + "t.metadata, t.reversal_of, t.idempotency_key, t.request_hash, t.effective_at, t.recorded_at, t.actor, t.epoch, t.chain_hash";

    /// <summary>The columns that <c>Account</c> reads, of a table called <c>b</c>.</summary>
    public const string AccountColumns =
        "b.user_id, b.balance, b.earned, b.spent, b.granted, b.tier, b.pinned_tier, b.pin_reason, b.pin_actor, b.pin_expires_at, "
        + "b.debt, b.version, b.updated_at";

    /// <summary>The columns that <c>User</c> reads, of <see cref="UserTables"/>.</summary>
    public const string UserColumns = "u.user_id, u.username, u.type, u.registered_at, b.last_activity_at";

    /// <summary>The users as <c>u</c> and their accounts as <c>b</c>: the last activity is written with the account.</summary>
    public const string UserTables = "users u JOIN coin_balances b ON b.user_id = u.user_id";

    /// <summary>Everybody's counters of all days, where a table is named: the newest day's stand with the account, those before it in their table.</summary>
    public const string UsageByDay =
        "(SELECT user_id, day, earned, spent, messages FROM daily_limits "
        + "UNION ALL SELECT user_id, usage_day, day_earned, day_spent, day_messages FROM coin_balances WHERE usage_day IS NOT NULL) AS usage_by_day";

    /// <summary>Everybody's sums of all leaderboard slices, where a table is named: the newest slice's stand with the account, those before it in their table.</summary>
    public const string LeaderboardSlices =
        "(SELECT user_id, slice_start, earned, spent FROM coin_leaderboard "
        + "UNION ALL SELECT user_id, slice_start, slice_earned, slice_spent FROM coin_balances WHERE slice_start IS NOT NULL) AS leaderboard_slices";

    /// <summary>The columns that <see cref="Usage"/> reads, of <see cref="UsageByDay"/>.</summary>
    public const string UsageColumns = "user_id, day, earned, spent, messages";

    /// <summary>The columns that <see cref="Answer"/> reads.</summary>
    public const string AnswerColumns = "idempotency_key, request_hash, user_id, kind, refusal, decided_at";

    /// <summary>The columns that <see cref="Activity"/> reads.</summary>
    public const string ActivityColumns = "event_id, seq, user_id, kind, metadata, at";

    public Entry Entry(DbDataReader row) => new()
    {
        Sequence = row.GetInt64(0),
        Id = dialect.GetId(row, 1),
        UserId = row.GetString(2),
        Type = EntryType.FromStore(row.GetString(3)),
        Amount = new CoinAmount(row.GetInt64(4)),
        BalanceAfter = new CoinAmount(row.GetInt64(5)),
        ContraAccount = row.GetString(6),
        Description = TextOrNull(row, 7),
        RelatedUserId = TextOrNull(row, 8),
        Metadata = TextOrNull(row, 9),
        ReversalOf = row.IsDBNull(10) ? null : dialect.GetId(row, 10),
        IdempotencyKey = row.GetString(11),
        RequestHash = row.GetFieldValue<byte[]>(12),
        EffectiveAt = dialect.GetTime(row, 13),
        RecordedAt = dialect.GetTime(row, 14),
        Actor = row.GetString(15),
        Epoch = row.GetInt64(16),
        ChainHash = row.GetFieldValue<byte[]>(17),
    };

    public Account Account(DbDataReader row) => Account(row, 0);

    /// <summary>Reads an account whose columns begin at an ordinal.</summary>
    public Account Account(DbDataReader row, int first) => new()
    {
        UserId = row.GetString(first),
        Balance = new CoinAmount(row.GetInt64(first + 1)),
        Earned = new CoinAmount(row.GetInt64(first + 2)),
        Spent = new CoinAmount(row.GetInt64(first + 3)),
        Granted = new CoinAmount(row.GetInt64(first + 4)),
        Tier = TierOf(row.GetString(first + 5)),
        Pin = row.IsDBNull(first + 6)
            ? null
            : new TierPin(TierOf(row.GetString(first + 6)), row.GetString(first + 7), row.GetString(first + 8), dialect.GetTimeOrNull(row, first + 9)),
        InDebt = row.GetBoolean(first + 10),
        Version = row.GetInt64(first + 11),
        UpdatedAt = dialect.GetTime(row, first + 12),
    };

    /// <summary>How many columns <see cref="AccountColumns"/> names.</summary>
    public const int AccountColumnCount = 13;

    public User User(DbDataReader row) => User(row, 0);

    /// <summary>Reads a user whose columns begin at an ordinal.</summary>
    public User User(DbDataReader row, int first) => new()
    {
        Id = row.GetString(first),
        Username = row.GetString(first + 1),
        Type = Enum.Parse<UserType>(row.GetString(first + 2), ignoreCase: true),
        RegisteredAt = dialect.GetTime(row, first + 3),
        LastActivityAt = dialect.GetTimeOrNull(row, first + 4),
    };

    public DayUsage Usage(DbDataReader row) => new()
    {
        UserId = row.GetString(0),
        Day = dialect.GetDay(row, 1),
        Earned = new CoinAmount(row.GetInt64(2)),
        Spent = new CoinAmount(row.GetInt64(3)),
        Messages = row.GetInt32(4),
    };

    public KeptAnswer Answer(DbDataReader row) => new(
        row.GetString(0),
        row.GetFieldValue<byte[]>(1),
        row.GetString(2),
        row.GetString(3),
        row.IsDBNull(4) ? null : JsonSerializer.Deserialize<Refusal>(row.GetString(4)),
        dialect.GetTime(row, 5));

    public ActivityEvent Activity(DbDataReader row) => new()
    {
        Id = dialect.GetId(row, 0),
        Sequence = row.GetInt64(1),
        UserId = row.GetString(2),
        Kind = row.GetString(3),
        Metadata = TextOrNull(row, 4),
        At = dialect.GetTime(row, 5),
    };

    /// <summary>How a tier, a user type or a period is written in a store and in the API.</summary>
    public static string Code<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static Tier TierOf(string code) => Enum.Parse<Tier>(code, ignoreCase: true);

    private static string? TextOrNull(DbDataReader row, int ordinal) => row.IsDBNull(ordinal) ? null : row.GetString(ordinal);
}
