using GavatDashboard.Features.Api;
using Microsoft.AspNetCore.Identity;

namespace GavatDashboard.Features.Security;

/// <summary>
/// The API accepts the console's cookie. A form on another site could use it too, so calls that change something and come with
/// the cookie must come from this site's own pages. API keys are not sent by browsers on their own and need no such check.
/// </summary>
internal sealed class CrossSiteGuard(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        var isSafe = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        return isSafe || !request.Path.StartsWithSegments("/api") || http.User.Identity?.AuthenticationType != IdentityConstants.ApplicationScheme || IsSameOrigin(request)
            ? next(http)
            : ProblemResponses.WriteAsync(http, ProblemCatalog.CrossSite, "A call with the console's cookie must come from the console's own pages. Use an API key.");
    }

    private static bool IsSameOrigin(HttpRequest request)
    {
        var fetchSite = request.Headers["Sec-Fetch-Site"].ToString();
        return fetchSite.Length > 0
            ? fetchSite is "same-origin"
            : Uri.TryCreate(request.Headers.Origin.ToString(), UriKind.Absolute, out var origin)
                && string.Equals(origin.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase)
                && string.Equals(origin.Scheme, request.Scheme, StringComparison.OrdinalIgnoreCase);
    }
}
