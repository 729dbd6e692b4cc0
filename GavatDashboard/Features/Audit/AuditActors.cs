using System.Security.Claims;
using GavatDashboard.Features.Security;

namespace GavatDashboard.Features.Audit;

/// <summary>How actors are written in the audit log and as "who did it" of ledger entries.</summary>
public static class AuditActors
{
    /// <summary>The application itself.</summary>
    public const string System = "system";

    /// <summary>Somebody who is not signed in.</summary>
    public const string Anonymous = "anonymous";

    /// <summary>The command line on the application's own machine.</summary>
    public const string CommandLine = "command-line";

    /// <summary><c>user:NAME</c> for a console user, <c>key:NAME</c> for an API key, <see cref="Anonymous"/> otherwise.</summary>
    public static string Of(ClaimsPrincipal? principal)
    {
        if (principal?.Identity is not { IsAuthenticated: true, Name: { Length: > 0 } name })
        {
            return Anonymous;
        }

        return principal.HasClaim(claim => claim.Type == ApiKeyClaims.KeyId) ? $"key:{name}" : $"user:{name}";
    }
}
