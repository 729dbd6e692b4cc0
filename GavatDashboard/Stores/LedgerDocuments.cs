using System.Globalization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores;

/// <summary>One document, as both document stores write it: names with texts, numbers, truth values, instants, bytes, nulls, or lists of such.</summary>
/// <param name="Id">Its <c>_id</c>.</param>
/// <param name="Fields">The other fields.</param>
internal sealed record StoredDocument(string Id, IReadOnlyList<(string Name, object? Value)> Fields);

/// <summary>
/// The documents of the ledger. Instants are kept twice: as a date, which aggregations understand and which holds whole
/// milliseconds, and as microseconds since 1970, which is what the ledger has.
/// </summary>
internal static class LedgerDocuments
{
    public static StoredDocument Of(Entry entry) => new(entry.Id.ToString(), [
        ("sequence", entry.Sequence),
        ("userId", entry.UserId),
        ("type", entry.Type.Code),
        ("amount", entry.Amount.Value),
        ("balanceAfter", entry.BalanceAfter.Value),
        ("contraAccount", entry.ContraAccount),
        ("description", entry.Description),
        ("relatedUserId", entry.RelatedUserId),
        ("metadata", entry.Metadata),
        ("reversalOf", entry.ReversalOf?.ToString()),
        ("idempotencyKey", entry.IdempotencyKey),
        ("requestHash", entry.RequestHash),
        .. Instant("effectiveAt", entry.EffectiveAt),
        .. Instant("recordedAt", entry.RecordedAt),
        ("actor", entry.Actor),
        ("epoch", entry.Epoch),
        ("chainHash", entry.ChainHash),
        ("digest", EntrySums.DigestOf(entry.ChainHash)),
    ]);

    public static StoredDocument Of(Account account, User? user) => new(account.UserId, [
        ("balance", account.Balance.Value),
        ("earned", account.Earned.Value),
        ("spent", account.Spent.Value),
        ("granted", account.Granted.Value),
        ("tier", Code(account.Tier)),
        ("pinnedTier", account.Pin is { } pin ? Code(pin.Tier) : null),
        ("pinReason", account.Pin?.Reason),
        ("pinActor", account.Pin?.Actor),
        .. Instant("pinExpiresAt", account.Pin?.ExpiresAt),
        ("inDebt", account.InDebt),
        ("version", account.Version),
        .. Instant("updatedAt", account.UpdatedAt),
        ("username", user?.Username),
        ("userType", user?.Type.ToString().ToLowerInvariant()),
        .. Instant("registeredAt", user?.RegisteredAt),
    ]);

    public static StoredDocument Of(DayUsage usage) => new($"{usage.UserId}:{Day(usage.Day)}", [
        ("userId", usage.UserId),
        ("day", Day(usage.Day)),
        ("earned", usage.Earned.Value),
        ("spent", usage.Spent.Value),
        ("messages", (long)usage.Messages),
    ]);

    public static StoredDocument Of(ActivityEvent activity) => new(activity.Id.ToString(), [
        ("sequence", activity.Sequence),
        ("userId", activity.UserId),
        ("kind", activity.Kind),
        ("metadata", activity.Metadata),
        .. Instant("at", activity.At),
    ]);

    public static StoredDocument Of(ProfileDocument profile) => new(profile.UserId, [
        ("segment", profile.Segment),
        ("riskLevel", profile.RiskLevel),
        ("score", (long)profile.Score),
        ("engagement", (long)profile.Engagement),
        ("ruleSetVersion", profile.RuleSetVersion),
        .. Instant("analysedAt", profile.AnalysedAt),
        ("profile", profile.Json),
    ]);

    public static StoredDocument Of(LeaderboardDocument board)
    {
        var (by, period) = (board.By.ToString().ToLowerInvariant(), board.Period.ToString().ToLowerInvariant());
        // All time begins on no day.
        var start = board.Period == LeaderboardPeriod.All ? "all" : Day(board.Start);
        return new StoredDocument($"{by}:{period}:{start}", [
            ("by", by),
            ("period", period),
            ("start", start),
            .. Instant("asOf", board.AsOf),
            ("rows", board.Rows.Select(IReadOnlyList<(string, object?)> (row) =>
            [
                ("rank", row.Rank), ("userId", row.UserId), ("username", row.Username), ("value", row.Value.Value), ("tier", Code(row.Tier)),
            ]).ToArray()),
        ]);
    }

    public static Entry ToEntry(string id, Func<string, object?> field)
    {
        try
        {
            return new Entry
            {
                Id = Guid.Parse(id, CultureInfo.InvariantCulture),
                Sequence = (long)field("sequence")!,
                UserId = (string)field("userId")!,
                Type = EntryType.FromStore((string)field("type")!),
                Amount = new CoinAmount((long)field("amount")!),
                BalanceAfter = new CoinAmount((long)field("balanceAfter")!),
                ContraAccount = (string)field("contraAccount")!,
                Description = (string?)field("description"),
                RelatedUserId = (string?)field("relatedUserId"),
                Metadata = (string?)field("metadata"),
                ReversalOf = field("reversalOf") is string reversed ? Guid.Parse(reversed, CultureInfo.InvariantCulture) : null,
                IdempotencyKey = (string)field("idempotencyKey")!,
                RequestHash = (byte[])field("requestHash")!,
                EffectiveAt = ToInstant(field("effectiveAtMicros"))!.Value,
                RecordedAt = ToInstant(field("recordedAtMicros"))!.Value,
                Actor = (string)field("actor")!,
                Epoch = (long)field("epoch")!,
                ChainHash = (byte[])field("chainHash")!,
            };
        }
        catch (Exception exception) when (exception is InvalidCastException or InvalidOperationException or FormatException or NullReferenceException)
        {
            throw new InvalidDataException($"The document '{id}' of coin_transactions is no entry: {exception.Message}", exception);
        }
    }

    public static Account ToAccount(string id, Func<string, object?> field) => new()
    {
        UserId = id,
        Balance = new CoinAmount((long)field("balance")!),
        Earned = new CoinAmount((long)field("earned")!),
        Spent = new CoinAmount((long)field("spent")!),
        Granted = new CoinAmount((long)field("granted")!),
        Tier = ToTier(field("tier")),
        Pin = field("pinnedTier") is { } pinned
            ? new TierPin(ToTier(pinned), (string)field("pinReason")!, (string)field("pinActor")!, ToInstant(field("pinExpiresAtMicros")))
            : null,
        InDebt = (bool)field("inDebt")!,
        Version = (long)field("version")!,
        UpdatedAt = ToInstant(field("updatedAtMicros"))!.Value,
    };

    public static ActivityEvent ToActivity(string id, Func<string, object?> field) => new()
    {
        Id = Guid.Parse(id, CultureInfo.InvariantCulture),
        UserId = (string)field("userId")!,
        Kind = (string)field("kind")!,
        Metadata = (string?)field("metadata"),
        At = ToInstant(field("atMicros"))!.Value,
        Sequence = (long)field("sequence")!,
    };

    public static ProfileDocument ToProfile(string id, Func<string, object?> field) => new(
        id,
        (string)field("segment")!,
        (string)field("riskLevel")!,
        (int)(long)field("score")!,
        (int)(long)field("engagement")!,
        (string)field("ruleSetVersion")!,
        ToInstant(field("analysedAtMicros"))!.Value,
        (string)field("profile")!);

    public static StoredDocument Of(CopyMark mark) => new("projection", [
        ("cursor", mark.Cursor),
        ("entryId", mark.EntryId?.ToString()),
        ("entrySequence", mark.EntrySequence),
    ]);

    public static CopyMark ToMark(Func<string, object?> field) => new(
        (long)field("cursor")!,
        field("entryId") is string id ? Guid.Parse(id, CultureInfo.InvariantCulture) : null,
        (long)field("entrySequence")!);

    private static IEnumerable<(string, object?)> Instant(string name, DateTimeOffset? instant) =>
    [
        (name, instant?.UtcDateTime),
        (name + "Micros", instant is { } at ? LedgerTime.ToUnixMicroseconds(at) : null),
    ];

    private static DateTimeOffset? ToInstant(object? microseconds) => microseconds is long value ? LedgerTime.FromUnixMicroseconds(value) : null;

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Code(Tier tier) => tier.ToString().ToLowerInvariant();

    private static Tier ToTier(object? code) => Enum.Parse<Tier>((string)code!, ignoreCase: true);
}
