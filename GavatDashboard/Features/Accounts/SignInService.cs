using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using GavatDashboard.Features.Audit;
using GavatDashboard.Shared.Text;
using GavatDashboard.Stores.Sqlite.Console;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Accounts;

/// <summary>How an attempt to sign in ended.</summary>
internal enum SignInOutcome
{
    /// <summary>Wrong name or password, locked or disabled: the person is not told which.</summary>
    Refused,

    /// <summary>The password is right, but was made by somebody else and has to be replaced first.</summary>
    PasswordChangeNeeded,

    /// <summary>The cookie is set.</summary>
    SignedIn,
}

/// <summary>Signs console users in and out, and lets them choose a new password.</summary>
internal sealed class SignInService(
    UserManager<ConsoleUser> users,
    SignInManager<ConsoleUser> signIn,
    IConsoleSessions sessions,
    IConsoleUnitOfWork unitOfWork,
    DecoyPassword decoy,
    IAuditLog audit,
    IStringLocalizer<UiText> texts,
    TimeProvider time)
{
    /// <summary>Longer passwords are refused unread: hashing them costs the server, not the caller.</summary>
    public const int MaxPasswordLength = 256;

    public async Task<SignInOutcome> SignInAsync(HttpContext http, string userName, string password, CancellationToken ct)
    {
        var user = await CheckAsync(http, userName, password, ct);
        if (user is null)
        {
            return SignInOutcome.Refused;
        }

        if (user.MustChangePassword)
        {
            return SignInOutcome.PasswordChangeNeeded;
        }

        await OpenSessionAsync(http, user, ct);
        return SignInOutcome.SignedIn;
    }

    /// <summary>Replaces the password of somebody who knows the current one, ends all other sessions and signs in.</summary>
    /// <returns>Whether the current password was right, and what is wrong with the new one, if anything.</returns>
    public async Task<(SignInOutcome Outcome, IReadOnlyList<string> Problems)> ChangePasswordAsync(
        HttpContext http, string userName, string currentPassword, string newPassword, CancellationToken ct)
    {
        var user = await CheckAsync(http, userName, currentPassword, ct);
        if (user is null)
        {
            return (SignInOutcome.Refused, []);
        }

        if (newPassword.Length > MaxPasswordLength || string.Equals(newPassword, currentPassword, StringComparison.Ordinal))
        {
            return (SignInOutcome.PasswordChangeNeeded, [texts["Password.Same", MaxPasswordLength]]);
        }

        var result = await unitOfWork.RunAsync(
            async inner =>
            {
                user.MustChangePassword = false;
                var changed = await users.ChangePasswordAsync(user, currentPassword, newPassword);
                if (changed.Succeeded)
                {
                    await sessions.EndAllAsync(user.Id, inner);
                    await audit.AppendAsync($"user:{user.UserName}", "account.password_changed", $"account:{user.UserName}", null, Where(http), inner);
                }

                return changed;
            },
            static changed => changed.Succeeded,
            ct);
        if (!result.Succeeded)
        {
            return (SignInOutcome.PasswordChangeNeeded, [.. result.Errors.Select(error => error.Description)]);
        }

        await OpenSessionAsync(http, user, ct);
        return (SignInOutcome.SignedIn, []);
    }

    public async Task SignOutAsync(HttpContext http, CancellationToken ct)
    {
        if (http.User.FindFirstValue(SessionClaims.SessionId) is { } sessionId && await sessions.EndAsync(sessionId, ct))
        {
            await audit.AppendAsync(AuditActors.Of(http.User), "sign_in.ended", $"account:{http.User.Identity?.Name}", null, Where(http), ct);
        }

        await signIn.SignOutAsync();
    }

    private async Task<ConsoleUser?> CheckAsync(HttpContext http, string userName, string password, CancellationToken ct)
    {
        if (password.Length > MaxPasswordLength)
        {
            password = "";
        }

        var user = userName.Length is 0 or > 256 ? null : await users.FindByNameAsync(userName);
        if (user is null || user.DisabledAt is not null || await users.IsLockedOutAsync(user))
        {
            decoy.Check(password);

            // An unknown name is not written down: people type their password into the wrong field.
            var target = user is null ? null : $"account:{user.UserName}";
            var reason = user is null ? "no such user" : user.DisabledAt is not null ? "disabled" : "locked";
            await audit.AppendAsync(AuditActors.Anonymous, "sign_in.refused", target, reason, Where(http), ct);
            return null;
        }

        var result = await signIn.CheckPasswordSignInAsync(user, password, lockoutOnFailure: true);
        if (result.Succeeded)
        {
            return user;
        }

        await audit.AppendAsync(AuditActors.Anonymous, "sign_in.refused", $"account:{user.UserName}", "wrong password", Where(http), ct);
        if (result.IsLockedOut)
        {
            await audit.AppendAsync(AuditActors.System, "account.locked", $"account:{user.UserName}", "too many wrong passwords", Where(http), ct);
        }

        return null;
    }

    private async Task OpenSessionAsync(HttpContext http, ConsoleUser user, CancellationToken ct)
    {
        var session = await unitOfWork.RunAsync(
            async inner =>
            {
                var opened = await sessions.OpenAsync(user.Id, http.Connection.RemoteIpAddress?.ToString(), http.Request.Headers.UserAgent.ToString(), inner);
                await audit.AppendAsync($"user:{user.UserName}", "sign_in.succeeded", $"account:{user.UserName}", null, Where(http), inner);
                return opened;
            },
            static _ => true,
            ct);
        var authenticatedAt = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        await signIn.SignInWithClaimsAsync(
            user,
            new AuthenticationProperties { IsPersistent = false },
            [new Claim(SessionClaims.SessionId, session.Id), new Claim(SessionClaims.AuthenticatedAt, authenticatedAt, ClaimValueTypes.Integer64)]);
    }

    private static string Where(HttpContext http) => JsonSerializer.Serialize(new { address = http.Connection.RemoteIpAddress?.ToString() });
}
