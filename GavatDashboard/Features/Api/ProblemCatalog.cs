using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Api;

/// <summary>One kind of problem that the API answers with.</summary>
/// <param name="Code">The code for programs; it never changes its meaning.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">What kind of problem it is, the same for every occurrence.</param>
/// <param name="Remedy">What the caller can do.</param>
internal sealed record ProblemKind(string Code, int Status, string Title, string Remedy)
{
    /// <summary>Where the kind is described; the <c>type</c> of RFC 9457.</summary>
    public string Type => $"{ProblemCatalog.Path}/{Code}";
}

/// <summary>Every problem of the API: the one place that ties codes to statuses and titles.</summary>
internal static class ProblemCatalog
{
    /// <summary>Where the kinds are described.</summary>
    public const string Path = "/api/problems";

    public const string NotFound = "not_found";
    public const string UnknownImport = "unknown_import";
    public const string UnknownProof = "unknown_proof";
    public const string FailoverRefused = "failover_refused";
    public const string MethodNotAllowed = "method_not_allowed";
    public const string Unauthenticated = "unauthenticated";
    public const string Forbidden = "forbidden";
    public const string CrossSite = "cross_site";
    public const string RequestTimeout = "request_timeout";
    public const string BodyTooLarge = "body_too_large";
    public const string UnsupportedMediaType = "unsupported_media_type";
    public const string RateLimited = "rate_limited";
    public const string StoreUnavailable = "store_unavailable";
    public const string LedgerBusy = "ledger_busy";
    public const string InternalError = "internal_error";

    private static readonly ProblemKind[] Kinds =
    [
        new(Refusal.InvalidRequest, 400, "The request cannot be understood", "Mend the field that the detail names."),
        new(Unauthenticated, 401, "Sign in or send an API key", "Send a valid key in X-Api-Key, or as a bearer token."),
        new(Forbidden, 403, "Not allowed", "Use a key that holds the scope the detail names."),
        new(CrossSite, 403, "Cross-site call refused", "Use an API key."),
        new(NotFound, 404, "There is no such address", "See /openapi/v1.json for the paths."),
        new(Refusal.UnknownUser, 404, "There is no such user", "Create the user first, or mend the id."),
        new(Refusal.UnknownEntry, 404, "There is no such entry", "Mend the entry's id."),
        new(UnknownImport, 404, "There is no such import", "Use the id that the import was accepted with."),
        new(UnknownProof, 404, "There is no such proof", "List them at /api/v1/failover/proofs."),
        new(MethodNotAllowed, 405, "The method is not allowed here", "See the Allow header."),
        new(RequestTimeout, 408, "The request took too long to arrive", "Send it again with the same idempotency key."),
        new(Refusal.KeyReuse, 409, "The idempotency key belongs to another request", "Send a new key with a new request."),
        new(Refusal.AlreadyReversed, 409, "The entry has been reversed already", "Nothing is left to do."),
        new(Refusal.UserExists, 409, "The user exists already", "Use the existing user, or another id."),
        new(Refusal.PolicyOutdated, 409, "The policy was changed in between", "Load it again and repeat the change."),
        new(FailoverRefused, 409, "That does not fit the present state", "Look at GET /api/v1/failover; nothing was done."),
        new(BodyTooLarge, 413, "The body is too large", $"Send at most {ApiRoutes.MaxBodyBytes} bytes."),
        new(UnsupportedMediaType, 415, "The body is not JSON", "Send Content-Type: application/json."),
        new(Refusal.InsufficientFunds, 422, "The account cannot pay", "Earn or buy coins first."),
        new(Refusal.DailyLimit, 422, "A daily limit is reached", "Wait until resetsAt."),
        new(Refusal.InvalidAmount, 422, "The amount is not usable", $"Send a whole JSON number between 1 and {CoinAmount.MaxOperation}."),
        new(Refusal.UnknownType, 422, "There is no such type here", "Use one of the types that the detail names."),
        new(Refusal.NotReversible, 422, "The entry cannot be reversed", "Post a new entry instead."),
        new(Refusal.AccountInDebt, 422, "Spending is frozen", "An admin has to settle the debt."),
        new(RateLimited, 429, "Too many requests", "Wait as long as Retry-After says."),
        new(InternalError, 500, "Something went wrong on our side", "Send it again with the same idempotency key; report the trace id if it stays."),
        new(StoreUnavailable, 503, "No store can do this now", "Wait as long as Retry-After says, then send it again with the same idempotency key."),
        new(LedgerBusy, 503, "Too much is waiting to be written", "Wait as long as Retry-After says, then send it again with the same idempotency key."),
    ];

    private static readonly Dictionary<string, ProblemKind> ByCode = Kinds.ToDictionary(kind => kind.Code, StringComparer.Ordinal);

    /// <summary>Every kind, by ascending status.</summary>
    public static IReadOnlyList<ProblemKind> All => Kinds;

    /// <summary>The kind with a code, or null.</summary>
    public static ProblemKind? Find(string code) => ByCode.GetValueOrDefault(code);

    /// <summary>The kind with a code.</summary>
    /// <exception cref="KeyNotFoundException">The catalog does not hold the code: a bug.</exception>
    public static ProblemKind Get(string code) =>
        Find(code) ?? throw new KeyNotFoundException($"The problem catalog does not hold '{code}'.");

    /// <summary>The kind that a bare status stands for: the most general one of that status.</summary>
    public static ProblemKind ForStatus(int status) =>
        Kinds.FirstOrDefault(kind => kind.Status == status)
        ?? (status >= 500
            ? new ProblemKind(InternalError, status, "Something went wrong on our side", "Try again later.")
            : new ProblemKind(Refusal.InvalidRequest, status, "The request was refused", "See the status."));
}
