using System.ComponentModel;
using System.Security.Claims;
using System.Text.Json;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Api;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Security;
using Microsoft.AspNetCore.Authorization;

namespace GavatDashboard.Features.Coins.Api;

/// <summary>Moving coins: earn, spend, reverse.</summary>
internal static class CoinPostingEndpoints
{
    private const string DryRunText =
        "With `dryRun=true` the same code decides and nothing is kept: no entry, no use of a limit, no use of the idempotency key. Answer and refusal then hold `dryRun`.";

    public static void MapCoinPosting(this IEndpointRouteBuilder app)
    {
        var group = app.MapApiGroup("Coins");
        DescribePosting(group.MapPost("/coins/{userId}/earn", EarnAsync), "Earn", "Give a user coins", """{"type":"earn_referral","description":"brought a friend"}""");
        DescribePosting(group.MapPost("/coins/{userId}/spend", SpendAsync), "Spend", "Take coins from a user", """{"type":"spend_message","relatedUserId":"1001","metadata":{"channel":"app"}}""")
            .MayAnswer(Refusal.InsufficientFunds, Refusal.AccountInDebt);
        group.MapPost("/coins/entries/{entryId}/reverse", ReverseAsync).RequireAuthorization(Policies.ApiAdmin)
            .WithName("Reverse").WithSummary("Undo an entry with an opposite one")
            .WithDescription($"The entry stays; a second one with the opposite amount names it. {DryRunText}")
            .Produces<EntryAnswer>().TakesKey()
            .MayAnswer(
                Refusal.InvalidRequest, Refusal.UnknownEntry, Refusal.KeyReuse, Refusal.AlreadyReversed, Refusal.NotReversible, Refusal.InsufficientFunds,
                Refusal.AccountInDebt, ProblemCatalog.BodyTooLarge, ProblemCatalog.UnsupportedMediaType, ProblemCatalog.LedgerBusy)
            .WithExample("""{"reason":"charged twice"}""", CoinReadingEndpoints.EntryExample);
    }

    private static RouteHandlerBuilder DescribePosting(RouteHandlerBuilder builder, string name, string summary, string example) =>
        builder.RequireAuthorization(Policies.CoinsWrite).WithName(name).WithSummary(summary)
            .WithDescription($"{DryRunText} Types that are for admins need the scope `admin` too.")
            .Produces<EntryAnswer>().TakesKey()
            .MayAnswer(
                Refusal.InvalidRequest, Refusal.UnknownUser, Refusal.KeyReuse, Refusal.InvalidAmount, Refusal.UnknownType, Refusal.DailyLimit,
                ProblemCatalog.BodyTooLarge, ProblemCatalog.UnsupportedMediaType, ProblemCatalog.LedgerBusy)
            .WithExample(example, CoinReadingEndpoints.EntryExample);

    private static Task<IResult> EarnAsync(
        string userId, PostingBody body, RequestKey key, [Description("True to change nothing.")] bool? dryRun, CoinPoster poster, HttpContext context) =>
        poster.PostAsync(EntryDirection.Earn, userId, body, key, dryRun ?? false, context.User, context.RequestAborted);

    private static Task<IResult> SpendAsync(
        string userId, PostingBody body, RequestKey key, [Description("True to change nothing.")] bool? dryRun, CoinPoster poster, HttpContext context) =>
        poster.PostAsync(EntryDirection.Spend, userId, body, key, dryRun ?? false, context.User, context.RequestAborted);

    private static Task<IResult> ReverseAsync(
        string entryId, ReversalBody? body, RequestKey key, [Description("True to change nothing.")] bool? dryRun, CoinPoster poster, HttpContext context) =>
        poster.ReverseAsync(entryId, body, key, dryRun ?? false, context.User, context.RequestAborted);
}

/// <summary>Turns requests that move coins into ledger operations and their results into answers.</summary>
internal sealed class CoinPoster(CoinService coins, ILedgerStores stores, IAuthorizationService authorization, IAuditLog audit)
{
    private const string DefaultReason = "reversed through the API";

    /// <summary>Earns or spends.</summary>
    public async Task<IResult> PostAsync(
        EntryDirection direction, string userId, PostingBody body, RequestKey key, bool dryRun, ClaimsPrincipal caller, CancellationToken cancellationToken)
    {
        // Reserved ids are no user ids: what the system keeps for itself cannot be moved from outside.
        if (!User.IsValidId(userId))
        {
            return ApiProblem.Of(Refuse.UnknownUser(userId).Refusal, dryRun);
        }

        var needsAdmin = EntryType.TryFind(body.Type, out var type) && type.NeedsAdmin && type.Direction == direction;
        if (needsAdmin && !(await authorization.AuthorizeAsync(caller, Policies.ApiAdmin)).Succeeded)
        {
            return ApiProblem.Of(ProblemCatalog.Forbidden, $"'{type!.Code}' is for admins: it needs the scope 'admin'.");
        }

        if (!TryReadAmount(body.Amount, out var amount, out var refused))
        {
            return ApiProblem.Of(refused!, dryRun);
        }

        var metadata = body.Metadata is { } element ? ApiJson.Compact(element) : null;
        if (metadata is null && body.Metadata is not null)
        {
            return ApiProblem.Invalid("metadata: it holds text that is no Unicode.");
        }

        var request = new PostingRequest
        {
            UserId = userId,
            Direction = direction,
            Type = body.Type,
            Amount = amount,
            Description = body.Description,
            RelatedUserId = body.RelatedUserId,
            Metadata = metadata,
            IdempotencyKey = key.Value,
            Actor = AuditActors.Of(caller),
        };
        var result = dryRun ? await coins.PreviewAsync(request, cancellationToken) : await coins.PostAsync(request, cancellationToken);
        if (needsAdmin && !dryRun)
        {
            await NoteAsync("coins.adjusted", result, body.Description);
        }

        return Answer(result, dryRun);
    }

    /// <summary>Reverses an entry.</summary>
    public async Task<IResult> ReverseAsync(
        string entryId, ReversalBody? body, RequestKey key, bool dryRun, ClaimsPrincipal caller, CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(entryId, "D", out var id))
        {
            return ApiProblem.Of(ProblemCatalog.Get(Refusal.UnknownEntry).Code, "There is no such entry: its id is no UUID.");
        }

        if (await stores.Current.FindEntryAsync(id, cancellationToken) is not { } original || SystemAccounts.IsReserved(original.UserId))
        {
            return ApiProblem.Of(Refuse.UnknownEntry(id).Refusal, dryRun);
        }

        var (reason, actor) = (body?.Reason ?? DefaultReason, AuditActors.Of(caller));
        if (dryRun)
        {
            return Answer(await coins.PreviewReversalAsync(id, reason, key.Value, actor, cancellationToken), dryRun);
        }

        var result = await coins.ReverseAsync(id, reason, key.Value, actor, cancellationToken);
        await NoteAsync("coins.reversed", result, reason);
        return Answer(result, dryRun);
    }

    private static IResult Answer(OperationResult result, bool dryRun) => result switch
    {
        OperationResult.Posted posted => Results.Ok(EntryAnswer.Of(posted, dryRun)),
        OperationResult.Refused refused => ApiProblem.Of(refused.Refusal, dryRun),
        _ => throw new InvalidOperationException($"A posting was answered with {result.GetType().Name}."),
    };

    private static bool TryReadAmount(JsonElement? sent, out long? amount, out Refusal? refused)
    {
        amount = null;
        refused = null;
        if (sent is not { } element)
        {
            return true;
        }

        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var coins))
        {
            amount = coins;
            return true;
        }

        refused = new Refusal
        {
            Code = Refusal.InvalidAmount,
            Message = $"amount: send a JSON number without fraction or exponent, between 1 and {CoinAmount.MaxOperation} coins.",
        };
        return false;
    }

    /// <summary>Notes in the audit log what an admin did. It is not given up with the request, for the coins have moved.</summary>
    private async Task NoteAsync(string action, OperationResult result, string? reason)
    {
        if (result is OperationResult.Posted { Replayed: false, Entry: var entry })
        {
            var details = JsonSerializer.Serialize(new
            {
                entryId = entry.Id, type = entry.Type.Code, amount = entry.Amount.Value, balanceAfter = entry.BalanceAfter.Value, reversalOf = entry.ReversalOf,
            });
            await audit.AppendAsync(entry.Actor, action, $"user:{entry.UserId}", reason, details, CancellationToken.None);
        }
    }
}
