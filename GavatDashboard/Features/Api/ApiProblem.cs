using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using GavatDashboard.Domain.Coins;
using Microsoft.AspNetCore.Mvc;

namespace GavatDashboard.Features.Api;

/// <summary>Writes problems as RFC 9457 has them: for refusals, for exceptions and for bare statuses alike.</summary>
internal static class ApiProblem
{
    private const string ContentType = "application/problem+json";

    /// <summary>An answer for an endpoint to give.</summary>
    /// <param name="code">A code of <see cref="ProblemCatalog"/>.</param>
    /// <param name="detail">What was wrong this time and what to do; null for the catalog's remedy.</param>
    public static IResult Of(string code, string? detail = null) => new ProblemAnswer(Describe(ProblemCatalog.Get(code), detail), null);

    /// <summary>An answer that says why the ledger refused.</summary>
    /// <param name="refusal">Why.</param>
    /// <param name="dryRun">Whether nothing but an answer was asked for; the answer then says so.</param>
    public static IResult Of(Refusal refusal, bool dryRun = false)
    {
        var problem = Describe(refusal);
        if (dryRun)
        {
            problem.Extensions["dryRun"] = true;
        }

        return new ProblemAnswer(problem, null);
    }

    /// <summary>An answer for a request of which a part is not usable.</summary>
    /// <param name="detail">Which part, why, and what to do.</param>
    public static IResult Invalid(string detail) => Of(Refusal.InvalidRequest, detail);

    /// <summary>The problem behind a refusal, with the figures that belong to it.</summary>
    public static ProblemDetails Describe(Refusal refusal)
    {
        var problem = Describe(ProblemCatalog.Get(refusal.Code), refusal.Message);
        Add("limit", refusal.Limit);
        Add("allowed", refusal.Allowed);
        Add("used", refusal.Used);
        Add("balance", refusal.Balance);
        Add("required", refusal.Required);
        Add("resetsAt", refusal.ResetsAt?.UtcDateTime);
        return problem;

        void Add(string name, object? value)
        {
            if (value is not null)
            {
                problem.Extensions[name] = value;
            }
        }
    }

    /// <summary>A problem of a kind.</summary>
    public static ProblemDetails Describe(ProblemKind kind, string? detail) => new()
    {
        Type = kind.Type,
        Title = kind.Title,
        Status = kind.Status,
        Detail = detail ?? kind.Remedy,
        Extensions = { ["code"] = kind.Code },
    };

    /// <summary>The problem behind an exception, and when to try again where that can be said.</summary>
    public static (ProblemDetails Problem, TimeSpan? RetryAfter) Describe(Exception exception) => exception switch
    {
        LedgerBusyException busy => (Describe(ProblemCatalog.Get(ProblemCatalog.LedgerBusy), busy.Message), busy.RetryAfter),
        StoreUnavailableException outage => (Describe(outage), TimeSpan.FromSeconds(outage.MayHaveHappened ? 1 : 5)),
        BadHttpRequestException bad => (Describe(bad), null),
        _ => (Describe(ProblemCatalog.Get(ProblemCatalog.InternalError), null), null),
    };

    /// <summary>Writes a problem to an answer that has not begun.</summary>
    public static Task WriteAsync(HttpContext context, ProblemDetails problem, TimeSpan? retryAfter)
    {
        var response = context.Response;
        response.StatusCode = problem.Status ?? StatusCodes.Status500InternalServerError;
        response.Headers.CacheControl = "no-store";
        if (retryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        problem.Instance ??= context.Request.Path;
        problem.Extensions.TryAdd("traceId", Activity.Current?.Id ?? context.TraceIdentifier);
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : response.WriteAsJsonAsync(problem, options: null, ContentType, context.RequestAborted);
    }

    private static ProblemDetails Describe(StoreUnavailableException outage)
    {
        // The driver's words stay in the log: they may name hosts.
        var detail = outage switch
        {
            { IsOwnerAway: true, MayHaveHappened: true } =>
                "The instance that owns the ledger did not answer this one. Ask again with the same idempotency key: it is done once, however often it is sent.",
            { IsOwnerDistrusted: true } =>
                "This instance does not trust the certificate of the one that owns the ledger. Nothing was changed. GET /failover tells an admin what is wrong with it (ownerFault).",
            { IsOwnerAway: true } => "The instance that owns the ledger cannot be reached from this one. Nothing was changed.",
            { MayHaveHappened: true } => "The store went away before it answered. Ask again with the same idempotency key: it is done once, however often it is sent.",
            _ => "No store that can do this is reachable. Nothing was changed.",
        };
        var problem = Describe(ProblemCatalog.Get(ProblemCatalog.StoreUnavailable), detail);
        problem.Extensions["mayHaveHappened"] = outage.MayHaveHappened;
        return problem;
    }

    private static ProblemDetails Describe(BadHttpRequestException bad)
    {
        var kind = ProblemCatalog.ForStatus(bad.StatusCode);
        if (bad.InnerException is not JsonException json)
        {
            return Describe(kind, kind.Status == StatusCodes.Status400BadRequest ? bad.Message : null);
        }

        var problem = Describe(kind, $"The body is not the JSON that is expected here: {json.Message}");
        problem.Extensions["path"] = json.Path;
        problem.Extensions["line"] = json.LineNumber + 1;
        problem.Extensions["position"] = json.BytePositionInLine + 1;
        return problem;
    }

    private sealed class ProblemAnswer(ProblemDetails problem, TimeSpan? retryAfter) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => problem.Status;

        public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, problem, retryAfter);
    }
}
