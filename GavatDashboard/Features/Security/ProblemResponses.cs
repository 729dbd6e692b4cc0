using Microsoft.AspNetCore.Mvc;

namespace GavatDashboard.Features.Security;

/// <summary>Refusals for programs: RFC 9457 problem details, whatever the caller says it accepts.</summary>
internal static class ProblemResponses
{
    private static readonly PathString[] ProgramPaths = ["/api", "/health", "/metrics", "/openapi", "/_blazor"];

    /// <summary>Whether the caller is a program, which cannot do anything with a redirect to the sign-in page.</summary>
    public static bool IsForProgram(HttpContext http) => ProgramPaths.Any(path => http.Request.Path.StartsWithSegments(path));

    public static Task WriteAsync(HttpContext http, int status, string title, string detail, string code, CancellationToken ct)
    {
        var problem = new ProblemDetails { Status = status, Title = title, Detail = detail, Instance = http.Request.Path };
        problem.Extensions["code"] = code;
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(problem, options: null, contentType: "application/problem+json", ct);
    }

    public static Task WriteUnauthorizedAsync(HttpContext http, string? detail = null)
    {
        http.Response.Headers.WWWAuthenticate = "Bearer realm=\"GavatDashboard\"";
        return WriteAsync(
            http, StatusCodes.Status401Unauthorized, "Not signed in", detail ?? "Send an API key in X-Api-Key or as a bearer token.", "unauthenticated", http.RequestAborted);
    }

    public static Task WriteForbiddenAsync(HttpContext http) => WriteAsync(
        http, StatusCodes.Status403Forbidden, "Not allowed", "The caller's scopes or roles do not allow this.", "forbidden", http.RequestAborted);
}
