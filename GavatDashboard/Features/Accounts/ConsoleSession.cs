namespace GavatDashboard.Features.Accounts;

/// <summary>A sign-in that has not ended.</summary>
/// <param name="Id">Identifier, carried by the cookie.</param>
/// <param name="UserId">Whose.</param>
/// <param name="CreatedAt">Signed in (UTC).</param>
/// <param name="LastSeenAt">Last request, to the minute (UTC).</param>
/// <param name="RemoteAddress">From where.</param>
/// <param name="UserAgent">With which browser, as it says.</param>
public sealed record ConsoleSession(
    string Id, string UserId, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt, string? RemoteAddress, string? UserAgent);

/// <summary>Sessions of console users.</summary>
internal interface IConsoleSessions
{
    /// <summary>Opens a session.</summary>
    Task<ConsoleSession> OpenAsync(string userId, string? remoteAddress, string? userAgent, CancellationToken ct);

    /// <summary>Whether the session goes on: it was not ended, the user is not disabled and the security stamp is still the user's.</summary>
    Task<bool> IsValidAsync(string sessionId, string userId, string securityStamp, CancellationToken ct);

    /// <summary>The user's sessions that were seen within the cookie's lifetime, newest first.</summary>
    Task<IReadOnlyList<ConsoleSession>> ListAsync(string userId, CancellationToken ct);

    /// <summary>Ends one session.</summary>
    Task<bool> EndAsync(string sessionId, CancellationToken ct);

    /// <summary>Ends all sessions of a user; returns how many.</summary>
    Task<int> EndAllAsync(string userId, CancellationToken ct);
}
