using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Accounts;

/// <summary>Asks the store whether a cookie's session still holds: at every request, and every few seconds for an open page.</summary>
internal sealed class SessionCheck(IConsoleSessions sessions, IOptions<IdentityOptions> options)
{
    public async Task<bool> IsValidAsync(ClaimsPrincipal principal, CancellationToken ct)
    {
        var sessionId = principal.FindFirstValue(SessionClaims.SessionId);
        var userId = principal.FindFirstValue(options.Value.ClaimsIdentity.UserIdClaimType);
        var stamp = principal.FindFirstValue(options.Value.ClaimsIdentity.SecurityStampClaimType);
        return sessionId is not null && userId is not null && stamp is not null && await sessions.IsValidAsync(sessionId, userId, stamp, ct);
    }

    /// <summary>The cookie's validation event.</summary>
    public static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var check = context.HttpContext.RequestServices.GetRequiredService<SessionCheck>();
        if (context.Principal is not { } principal || !await check.IsValidAsync(principal, context.HttpContext.RequestAborted))
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(IdentityConstants.ApplicationScheme);
        }
    }
}

/// <summary>Ends an open page's identity within seconds after its session ended.</summary>
internal sealed class SessionAuthenticationStateProvider(ILoggerFactory loggerFactory, SessionCheck check)
    : RevalidatingServerAuthenticationStateProvider(loggerFactory)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(10);

    protected override Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        check.IsValidAsync(authenticationState.User, cancellationToken);
}
