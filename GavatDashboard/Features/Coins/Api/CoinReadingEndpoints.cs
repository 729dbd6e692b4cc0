using System.ComponentModel;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Api;
using GavatDashboard.Features.Security;

namespace GavatDashboard.Features.Coins.Api;

/// <summary>Reading coins: balance, statistics, entries, prices.</summary>
internal static class CoinReadingEndpoints
{
    private const int DefaultPage = 50;
    private const int LargestPage = 500;

    public static void MapCoinReading(this IEndpointRouteBuilder app)
    {
        var group = app.MapApiGroup("Coins").RequireAuthorization(Policies.CoinsRead);
        group.MapGet("/coins/{userId}/balance", GetBalanceAsync)
            .WithName("GetBalance").WithSummary("A user's balance, with its source")
            .WithDescription("""
                From the cache, the ledger, the fallback, and last the copy for analytics (then `stale`). A user who does not exist is a 404, never a zero.

                With `at` it is the balance at that instant, exact from the entries: the sum of all that took effect at or before it, whenever it was written.
                Imports and corrections with an earlier date count from that date on; `recordedLater` tells how many of the entries were written after the
                instant and what they come to, so `balance` less `recordedLater.coins` is what the ledger said at the time. Before the first entry it is 0.
                """)
            .Produces<BalanceAnswer>().MayAnswer(Refusal.InvalidRequest, Refusal.UnknownUser)
            .WithExample(response: """{"userId":"42","balance":120,"source":"postgresql","asOf":"2026-05-29T10:15:30.123Z"}""");
        group.MapGet("/coins/{userId}/stats", GetStatsAsync)
            .WithName("GetStats").WithSummary("Balance, totals, tier, status and today's limits")
            .Produces<StatsAnswer>().MayAnswer(Refusal.UnknownUser)
            .WithExample(response: """
                {"userId":"42","username":"lara","balance":120,"totals":{"earned":640,"spent":520,"granted":0},"tier":"gold","computedTier":"silver",
                 "pinnedTier":"gold","pinReason":"event winner","status":"normal","inDebt":false,
                 "limits":{"earn":{"used":20,"allowed":100,"remaining":80},"spend":{"used":0,"allowed":500,"remaining":500},
                 "messages":{"used":0,"allowed":20,"remaining":20},"resetsAt":"2026-05-30T00:00:00Z"},"source":"postgresql","asOf":"2026-05-29T10:15:30.123Z"}
                """);
        group.MapGet("/coins/{userId}/transactions", ListEntriesAsync)
            .WithName("ListTransactions").WithSummary("A user's entries, newest first")
            .WithDescription("Send `next` as `before` for the page that follows; entries that come in meanwhile do not move the pages.")
            .Produces<EntriesAnswer>().MayAnswer(Refusal.InvalidRequest, Refusal.UnknownUser)
            .WithExample(response: $$"""{"items":[{{EntryExample}}],"next":null}""");
        group.MapGet("/prices", GetPricesAsync)
            .WithName("GetPrices").WithSummary("Prices, rates, daily limits and tier thresholds")
            .Produces<PricesAnswer>()
            .WithExample(response: """
                {"version":0,"prices":[{"type":"earn_referral","direction":"earn","amount":20},{"type":"earn_bonus","direction":"earn","amount":null}],
                 "limits":{"earnPerDay":100,"spendPerDay":500,"messagesPerDay":20},"tiers":{"bronze":0,"silver":500,"gold":2000,"platinum":5000}}
                """);
    }

    /// <summary>An entry as the documentation shows it.</summary>
    internal const string EntryExample = """
        {"entryId":"0197198a-1f00-7c2e-9a53-0b8f4f1f2a11","userId":"42","type":"spend_message","amount":-5,"balanceAfter":115,"description":"to the creator",
         "relatedUserId":"1001","metadata":{"channel":"app"},"reversalOf":null,"idempotencyKey":"order-7781","effectiveAt":"2026-05-29T10:15:30.123456Z",
         "recordedAt":"2026-05-29T10:15:30.123456Z","actor":"key:shop","epoch":1,"replayed":false}
        """;

    private static async Task<IResult> GetBalanceAsync(
        string userId,
        [Description("An instant that has passed, as ISO 8601; without an offset it is UTC, a day alone is its first instant. Absent for now.")] string? at,
        CoinReader reader,
        IBalanceHistory history,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (at is not null)
        {
            return await GetBalanceAtAsync(userId, at, history, time, cancellationToken);
        }

        return User.IsValidId(userId) && await reader.FindAccountAsync(userId, cancellationToken) is { } reading
            ? Results.Ok(BalanceAnswer.Of(reading))
            : ApiProblem.Of(Refuse.UnknownUser(userId).Refusal);
    }

    private static async Task<IResult> GetBalanceAtAsync(string userId, string at, IBalanceHistory history, TimeProvider time, CancellationToken cancellationToken)
    {
        if (InstantText.TryReadPast("at", at, time.GetUtcNow(), out var instant) is { } problem)
        {
            return ApiProblem.Invalid(problem);
        }

        return User.IsValidId(userId) && await history.FindAsync(userId, instant, cancellationToken) is { } reading
            ? Results.Ok(BalanceAnswer.Of(reading))
            : ApiProblem.Of(Refuse.UnknownUser(userId).Refusal);
    }

    private static async Task<IResult> GetStatsAsync(string userId, CoinReader reader, CancellationToken cancellationToken) =>
        User.IsValidId(userId) && await reader.FindStatsAsync(userId, cancellationToken) is { } stats
            ? Results.Ok(StatsAnswer.Of(stats))
            : ApiProblem.Of(Refuse.UnknownUser(userId).Refusal);

    private static async Task<IResult> GetPricesAsync(ILedgerStores stores, CancellationToken cancellationToken) =>
        Results.Ok(PricesAnswer.Of(await stores.Current.ReadPolicyAsync(cancellationToken)));

    private static async Task<IResult> ListEntriesAsync(
        string userId,
        [Description("1 to 500 entries; 50 unless told.")] int? limit,
        [Description("The entry after which the page begins: next of the page before.")] string? before,
        [Description("Only entries of this type.")] string? type,
        ILedgerStores stores,
        CancellationToken cancellationToken)
    {
        if (limit is < 1 or > LargestPage)
        {
            return ApiProblem.Invalid($"limit: give a number between 1 and {LargestPage}.");
        }

        EntryType? wanted = null;
        if (!string.IsNullOrEmpty(type) && !EntryType.TryFind(type, out wanted))
        {
            return ApiProblem.Invalid($"type: use one of: {string.Join(", ", EntryType.All.Select(known => known.Code))}.");
        }

        Guid? cursor = null;
        if (!string.IsNullOrEmpty(before))
        {
            if (!Guid.TryParseExact(before, "D", out var entryId))
            {
                return ApiProblem.Invalid("before: give an entry's id, as next of the page before has it.");
            }

            cursor = entryId;
        }

        // One store for all that follows: a failover in between must not mix two answers.
        var ledger = stores.Current;
        if (!User.IsValidId(userId) || await ledger.FindUserAsync(userId, cancellationToken) is null)
        {
            return ApiProblem.Of(Refuse.UnknownUser(userId).Refusal);
        }

        if (cursor is { } last && (await ledger.FindEntryAsync(last, cancellationToken))?.UserId != userId)
        {
            return ApiProblem.Invalid("before: the user has no such entry.");
        }

        var size = limit ?? DefaultPage;
        var query = new EntryQuery { UserId = userId, Type = wanted, Before = cursor, Limit = size + 1 };
        var entries = await ledger.ListEntriesAsync(query, cancellationToken);
        var page = entries.Take(size).Select(EntryAnswer.Of).ToArray();
        return Results.Ok(new EntriesAnswer(page, entries.Count > size ? page[^1].EntryId : null));
    }
}
