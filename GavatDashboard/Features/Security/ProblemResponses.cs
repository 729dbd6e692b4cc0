using GavatDashboard.Features.Api;
using Microsoft.AspNetCore.Authorization;

namespace GavatDashboard.Features.Security;

/// <summary>Refusals for programs: RFC 9457 problem details, whatever the caller says it accepts.</summary>
internal static class ProblemResponses
{
    private static readonly PathString[] ProgramPaths = ["/api", "/health", "/metrics", "/openapi", "/_blazor"];

    /// <summary>Whether the caller is a program, which cannot do anything with a redirect to the sign-in page.</summary>
    public static bool IsForProgram(HttpContext http) => ProgramPaths.Any(path => http.Request.Path.StartsWithSegments(path));

    /// <summary>Writes a problem of a kind.</summary>
    /// <param name="http">The request.</param>
    /// <param name="code">A code of <see cref="ProblemCatalog"/>.</param>
    /// <param name="detail">What was wrong this time and what to do.</param>
    public static Task WriteAsync(HttpContext http, string code, string? detail) =>
        ApiProblem.WriteAsync(http, ApiProblem.Describe(ProblemCatalog.Get(code), detail), retryAfter: null);

    public static Task WriteUnauthorizedAsync(HttpContext http, string? detail = null)
    {
        http.Response.Headers.WWWAuthenticate = "Bearer realm=\"GavatDashboard\"";
        return WriteAsync(http, ProblemCatalog.Unauthenticated, detail);
    }

    public static Task WriteForbiddenAsync(HttpContext http)
    {
        var scopes = http.GetEndpoint()?.Metadata.OfType<IAuthorizeData>().Select(data => data.Policy)
            .Where(policy => policy is not null && policy.StartsWith(Policies.ScopePrefix, StringComparison.Ordinal))
            .Select(policy => $"'{policy![Policies.ScopePrefix.Length..]}'").Distinct().ToArray() ?? [];
        return WriteAsync(http, ProblemCatalog.Forbidden, scopes.Length == 0
            ? "The caller's scopes or roles do not allow this."
            : $"This needs the scope {string.Join(" and ", scopes)}, which the caller does not have.");
    }
}
