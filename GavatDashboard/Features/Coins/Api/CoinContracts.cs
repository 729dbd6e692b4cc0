using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Api;

namespace GavatDashboard.Features.Coins.Api;

/// <summary>The body of an earn or spend.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record PostingBody
{
    [Description("The code of an entry type, see GET /prices.")]
    public string? Type { get; init; }

    [Description("Whole coins, from 1; absent for the type's price."), DocumentedAs("integer")]
    public JsonElement? Amount { get; init; }

    [Description("Words for a person, at most 500 characters.")]
    public string? Description { get; init; }

    [Description("Another user who has to do with it, such as the creator who was written to."), JsonConverter(typeof(UserIdConverter)), DocumentedAs("id")]
    public string? RelatedUserId { get; init; }

    [Description("A JSON object of your own, at most 8,192 characters."), DocumentedAs("object")]
    public JsonElement? Metadata { get; init; }
}

/// <summary>The body of a reversal.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ReversalBody
{
    [Description("Why, 1 to 500 characters; absent, the entry says that it was reversed through the API.")]
    public string? Reason { get; init; }
}

/// <summary>A user's balance.</summary>
internal sealed record BalanceAnswer(
    string UserId,
    [property: Description("Coins at hand.")] long Balance,
    [property: Description("Where it was read: postgresql, sqlite, redis or mongodb.")] string Source,
    [property: Description("When it was known to be true (UTC).")] DateTime AsOf,
    [property: Description("True where newer entries may exist that it does not show; absent otherwise."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    bool? Stale)
{
    [Description("The instant that was asked for (UTC); absent for the balance now."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTime? At { get; init; }

    [Description("Which time of the entries counts: always effective, the time at which they took effect; absent for the balance now."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CountedBy { get; init; }

    [Description("The part that was written only after the instant, with an earlier date; absent for the balance now."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RecordedLaterAnswer? RecordedLater { get; init; }

    public static BalanceAnswer Of(Reading<Account> reading) => new(
        reading.Value.UserId, reading.Value.Balance.Value, reading.Source.ToCode(), reading.AsOf.UtcDateTime, reading.IsStale ? true : null);

    public static BalanceAnswer Of(Reading<BalanceAt> reading) => new(
        reading.Value.UserId, reading.Value.Balance.Value, reading.Source.ToCode(), reading.AsOf.UtcDateTime, reading.IsStale ? true : null)
    {
        At = reading.Value.At.UtcDateTime,
        CountedBy = "effective",
        RecordedLater = new RecordedLaterAnswer(reading.Value.LaterEntries, reading.Value.LaterCoins.Value),
    };
}

/// <summary>Imports and corrections that count in a balance of the past although they were written later.</summary>
internal sealed record RecordedLaterAnswer(
    [property: Description("How many of the counted entries.")] long Entries,
    [property: Description("Their signed sum, in coins.")] long Coins);

/// <summary>All that is asked first about a user.</summary>
internal sealed record StatsAnswer(
    string UserId,
    string Username,
    long Balance,
    TotalsAnswer Totals,
    [property: Description("The tier that counts: the pinned one while it holds, else the computed one.")] string Tier,
    string ComputedTier,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? PinnedTier,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? PinReason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? PinExpiresAt,
    [property: Description("new, normal, collector, wealthy, loyal, big_spender or creator.")] string Status,
    [property: Description("True where recovery left the account in debt and spending is frozen.")] bool InDebt,
    LimitsAnswer Limits,
    string Source,
    DateTime AsOf)
{
    public static StatsAnswer Of(UserStats stats)
    {
        var account = stats.Account;
        var pin = account.Pin is { } held && held.HoldsAt(stats.AsOf) ? held : null;
        return new(
            stats.User.Id,
            stats.User.Username,
            account.Balance.Value,
            new TotalsAnswer(account.Earned.Value, account.Spent.Value, account.Granted.Value),
            account.EffectiveTier(stats.AsOf).ToCode(),
            account.Tier.ToCode(),
            pin?.Tier.ToCode(),
            pin?.Reason,
            pin?.ExpiresAt?.UtcDateTime,
            stats.Status.ToCode(),
            account.InDebt,
            LimitsAnswer.Of(stats.Usage, stats.Policy),
            stats.Source.ToCode(),
            stats.AsOf.UtcDateTime);
    }
}

/// <summary>Lifetime totals, in coins.</summary>
internal sealed record TotalsAnswer(
    long Earned, long Spent, [property: Description("The part of earned that was bought or given by an admin.")] long Granted);

/// <summary>The daily limits and what is used of them on the current UTC day.</summary>
internal sealed record LimitsAnswer(LimitAnswer Earn, LimitAnswer Spend, LimitAnswer Messages, DateTime ResetsAt)
{
    public static LimitsAnswer Of(DayUsage usage, LedgerPolicy policy) => new(
        LimitAnswer.Of(usage.Earned.Value, policy.EarnPerDay.Value),
        LimitAnswer.Of(usage.Spent.Value, policy.SpendPerDay.Value),
        LimitAnswer.Of(usage.Messages, policy.MessagesPerDay),
        usage.Day.AddDays(1).ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc));
}

/// <summary>One daily limit, in coins or messages.</summary>
internal sealed record LimitAnswer(long Used, long Allowed, long Remaining)
{
    public static LimitAnswer Of(long used, long allowed) => new(used, allowed, Math.Max(0, allowed - used));
}

/// <summary>A ledger entry.</summary>
internal sealed record EntryAnswer
{
    [Description("Null for a dry run.")]
    public required Guid? EntryId { get; init; }

    public required string UserId { get; init; }

    public required string Type { get; init; }

    [Description("Signed coins: positive to the user, negative from the user.")]
    public required long Amount { get; init; }

    public required long BalanceAfter { get; init; }

    public required string? Description { get; init; }

    public required string? RelatedUserId { get; init; }

    [DocumentedAs("object")]
    public required JsonElement? Metadata { get; init; }

    [Description("The entry that this one reverses.")]
    public required Guid? ReversalOf { get; init; }

    public required string IdempotencyKey { get; init; }

    [Description("When it took effect (UTC).")]
    public required DateTime EffectiveAt { get; init; }

    [Description("When the ledger wrote it (UTC).")]
    public required DateTime RecordedAt { get; init; }

    [Description("Who did it.")]
    public required string Actor { get; init; }

    [Description("The store epoch under which it was accepted.")]
    public required long Epoch { get; init; }

    [Description("Whether an earlier request with the same key had posted it."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Replayed { get; init; }

    [Description("True where nothing was written; absent otherwise."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? DryRun { get; init; }

    public static EntryAnswer Of(Entry entry) => new()
    {
        EntryId = entry.Id,
        UserId = entry.UserId,
        Type = entry.Type.Code,
        Amount = entry.Amount.Value,
        BalanceAfter = entry.BalanceAfter.Value,
        Description = entry.Description,
        RelatedUserId = entry.RelatedUserId,
        Metadata = ApiJson.Embed(entry.Metadata),
        ReversalOf = entry.ReversalOf,
        IdempotencyKey = entry.IdempotencyKey,
        EffectiveAt = entry.EffectiveAt.UtcDateTime,
        RecordedAt = entry.RecordedAt.UtcDateTime,
        Actor = entry.Actor,
        Epoch = entry.Epoch,
    };

    public static EntryAnswer Of(OperationResult.Posted posted, bool dryRun = false)
    {
        var answer = Of(posted.Entry) with { Replayed = posted.Replayed, DryRun = dryRun ? true : null };
        return dryRun && !posted.Replayed ? answer with { EntryId = null } : answer;
    }
}

/// <summary>A page of entries, newest first.</summary>
internal sealed record EntriesAnswer(
    IReadOnlyList<EntryAnswer> Items,
    [property: Description("What to send as before for the next page; null on the last page.")] Guid? Next);

/// <summary>Prices, limits and tier thresholds that hold now.</summary>
internal sealed record PricesAnswer(
    [property: Description("Goes up by one with every published change; 0 while none was published.")] long Version,
    IReadOnlyList<PriceAnswer> Prices,
    PolicyLimitsAnswer Limits,
    TiersAnswer Tiers)
{
    public static PricesAnswer Of(LedgerPolicy policy) => new(
        policy.Version,
        [.. EntryType.All.Where(type => type.Direction != EntryDirection.Reversal)
            .Select(type => new PriceAnswer(type.Code, type.Direction.ToCode(), policy.PriceOf(type)?.Value))],
        new PolicyLimitsAnswer(policy.EarnPerDay.Value, policy.SpendPerDay.Value, policy.MessagesPerDay),
        new TiersAnswer(0, policy.SilverFrom.Value, policy.GoldFrom.Value, policy.PlatinumFrom.Value));
}

/// <summary>What one type moves.</summary>
internal sealed record PriceAnswer(
    string Type,
    [property: Description("earn or spend.")] string Direction,
    [property: Description("Coins; null where each operation names its own amount.")] long? Amount);

/// <summary>The daily limits of every user.</summary>
internal sealed record PolicyLimitsAnswer(long EarnPerDay, long SpendPerDay, long MessagesPerDay);

/// <summary>Lifetime earned coins from which each tier holds.</summary>
internal sealed record TiersAnswer(long Bronze, long Silver, long Gold, long Platinum);
