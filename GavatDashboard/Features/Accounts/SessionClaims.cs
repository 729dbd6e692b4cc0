using System.Globalization;
using System.Security.Claims;

namespace GavatDashboard.Features.Accounts;

/// <summary>Claims that a session's cookie carries beside the user's name and roles.</summary>
public static class SessionClaims
{
    /// <summary>The session's identifier.</summary>
    public const string SessionId = "gavat:sid";

    /// <summary>When the password was typed, in seconds since 1970-01-01 UTC; dangerous actions ask for a fresh one.</summary>
    public const string AuthenticatedAt = "auth_time";

    /// <summary>How long a session lives without a request.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromHours(8);

    /// <summary>When the user typed the password, or null for a caller without a session.</summary>
    public static DateTimeOffset? FindAuthenticatedAt(ClaimsPrincipal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        return long.TryParse(principal.FindFirstValue(AuthenticatedAt), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
    }
}
