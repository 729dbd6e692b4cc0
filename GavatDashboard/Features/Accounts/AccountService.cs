using System.Text.Json;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Security;
using GavatDashboard.Stores.Sqlite.Console;
using Microsoft.AspNetCore.Identity;

namespace GavatDashboard.Features.Accounts;

/// <summary>The answer to an account change.</summary>
/// <param name="Problem">Why it was refused, for a person; null when it was done.</param>
/// <param name="OneTimePassword">The password that was made, to be shown once; null where none was.</param>
internal sealed record AccountResult(string? Problem, string? OneTimePassword = null)
{
    public static AccountResult Done { get; } = new(Problem: null);

    public bool IsDone => Problem is null;
}

/// <summary>
/// What admins do to console users. Each change, its effect on sessions and its audit entry are one transaction. No change may leave the
/// console without an admin who can sign in.
/// </summary>
internal sealed class AccountService(
    UserManager<ConsoleUser> users,
    IConsoleAccounts accounts,
    IConsoleSessions sessions,
    IConsoleUnitOfWork unitOfWork,
    IAuditLog audit,
    TimeProvider time)
{
    private const string LastAdmin = "This is the last admin who can sign in. Make another one first.";

    public Task<IReadOnlyList<ConsoleUser>> ListAsync(CancellationToken ct) => accounts.ListAsync(ct);

    public Task<IReadOnlyList<ConsoleSession>> ListSessionsAsync(string userId, CancellationToken ct) => sessions.ListAsync(userId, ct);

    /// <summary>Whether wrong passwords have locked the account for now.</summary>
    public bool IsLocked(ConsoleUser user) => user.LockoutEnabled && user.LockoutEnd > time.GetUtcNow();

    /// <summary>Makes a user. Whoever did not choose the password has to replace it at the first sign-in.</summary>
    /// <param name="userName">The name to sign in with.</param>
    /// <param name="roles">One role or more.</param>
    /// <param name="password">The first password; null to have one made.</param>
    /// <param name="actor">Who does it.</param>
    /// <param name="ct">Cancels before anything is changed.</param>
    public Task<AccountResult> CreateAsync(string userName, IReadOnlyCollection<string> roles, string? password, string actor, CancellationToken ct)
    {
        var first = string.IsNullOrEmpty(password) ? OneTimePassword.Create() : password;
        var user = new ConsoleUser { UserName = userName.Trim(), MustChangePassword = true, CreatedAt = time.GetUtcNow(), Roles = Known(roles) };
        if (user.Roles.Count == 0)
        {
            return Task.FromResult(new AccountResult("Give at least one role."));
        }

        if (first.Length > SignInService.MaxPasswordLength)
        {
            return Task.FromResult(new AccountResult($"A password has at most {SignInService.MaxPasswordLength} characters."));
        }

        return ChangeAsync(
            async inner =>
            {
                var created = await users.CreateAsync(user, first);
                if (!created.Succeeded)
                {
                    return Refused(created);
                }

                await AppendAsync(actor, "account.created", user, new { roles = user.Roles }, inner);
                return new AccountResult(null, string.IsNullOrEmpty(password) ? first : null);
            },
            ct);
    }

    /// <summary>Gives exactly these roles. Sessions end, so that the old roles end with them.</summary>
    public Task<AccountResult> SetRolesAsync(string userId, IReadOnlyCollection<string> roles, string actor, CancellationToken ct) => ChangeUserAsync(
        userId,
        async (user, inner) =>
        {
            var wanted = Known(roles);
            if (wanted.Count == 0)
            {
                return new AccountResult("Give at least one role.");
            }

            var before = user.Roles.ToList();
            user.Roles.Clear();
            foreach (var role in wanted)
            {
                user.Roles.Add(role);
            }

            return await SaveAndEndSessionsAsync(user, actor, "account.roles_changed", new { before, after = wanted }, inner);
        },
        ct);

    /// <summary>Keeps a user out, at once.</summary>
    public Task<AccountResult> DisableAsync(string userId, string actor, CancellationToken ct) => ChangeUserAsync(
        userId,
        async (user, inner) =>
        {
            if (user.DisabledAt is not null)
            {
                return AccountResult.Done;
            }

            user.DisabledAt = time.GetUtcNow();
            return await SaveAndEndSessionsAsync(user, actor, "account.disabled", null, inner);
        },
        ct);

    /// <summary>Lets a disabled user in again.</summary>
    public Task<AccountResult> EnableAsync(string userId, string actor, CancellationToken ct) => ChangeUserAsync(
        userId,
        async (user, inner) =>
        {
            user.DisabledAt = null;
            var saved = await users.UpdateAsync(user);
            return saved.Succeeded ? await DoneAsync(actor, "account.enabled", user, null, inner) : Refused(saved);
        },
        ct);

    /// <summary>Ends a lockout.</summary>
    public Task<AccountResult> UnlockAsync(string userId, string actor, CancellationToken ct) => ChangeUserAsync(
        userId,
        async (user, inner) =>
        {
            user.LockoutEnd = null;
            user.AccessFailedCount = 0;
            var saved = await users.UpdateAsync(user);
            return saved.Succeeded ? await DoneAsync(actor, "account.unlocked", user, null, inner) : Refused(saved);
        },
        ct);

    /// <summary>Makes a one-time password, which has to be replaced at the next sign-in, and ends all sessions.</summary>
    public Task<AccountResult> ResetPasswordAsync(string userId, string actor, CancellationToken ct) => ChangeUserAsync(
        userId,
        async (user, inner) =>
        {
            var password = OneTimePassword.Create();
            user.PasswordHash = users.PasswordHasher.HashPassword(user, password);
            user.MustChangePassword = true;
            user.LockoutEnd = null;
            user.AccessFailedCount = 0;
            var result = await SaveAndEndSessionsAsync(user, actor, "account.password_reset", null, inner);
            return result.IsDone ? result with { OneTimePassword = password } : result;
        },
        ct);

    /// <summary>Ends all sessions of a user.</summary>
    public Task<AccountResult> EndSessionsAsync(string userId, string actor, CancellationToken ct) => ChangeUserAsync(
        userId, (user, inner) => SaveAndEndSessionsAsync(user, actor, "account.sessions_ended", null, inner), ct);

    /// <summary>Ends one session of a user.</summary>
    public Task<AccountResult> EndSessionAsync(string userId, string sessionId, string actor, CancellationToken ct) => ChangeUserAsync(
        userId,
        async (user, inner) => await sessions.EndAsync(sessionId, inner)
            ? await DoneAsync(actor, "account.session_ended", user, new { session = sessionId }, inner)
            : new AccountResult("The session has ended already."),
        ct);

    private static List<string> Known(IEnumerable<string> roles) =>
        [.. roles.Select(ConsoleRoles.Find).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static AccountResult Refused(IdentityResult result) => new(string.Join(" ", result.Errors.Select(error => error.Description)));

    private Task<AccountResult> ChangeAsync(Func<CancellationToken, Task<AccountResult>> change, CancellationToken ct) =>
        unitOfWork.RunAsync(change, static result => result.IsDone, ct);

    private Task<AccountResult> ChangeUserAsync(string userId, Func<ConsoleUser, CancellationToken, Task<AccountResult>> change, CancellationToken ct) => ChangeAsync(
        async inner => await users.FindByIdAsync(userId) is { } user ? await change(user, inner) : new AccountResult("There is no such account."), ct);

    private async Task<AccountResult> SaveAndEndSessionsAsync(ConsoleUser user, string actor, string action, object? details, CancellationToken ct)
    {
        // Saves the whole user, and the new stamp ends cookies that no session row knows.
        var saved = await users.UpdateSecurityStampAsync(user);
        if (!saved.Succeeded)
        {
            return Refused(saved);
        }

        await sessions.EndAllAsync(user.Id, ct);
        return await DoneAsync(actor, action, user, details, ct);
    }

    private async Task<AccountResult> DoneAsync(string actor, string action, ConsoleUser user, object? details, CancellationToken ct)
    {
        // Asked inside the transaction, after the change: two admins who remove each other cannot both succeed.
        if (await accounts.CountActiveAdminsAsync(ct) == 0)
        {
            return new AccountResult(LastAdmin);
        }

        await AppendAsync(actor, action, user, details, ct);
        return AccountResult.Done;
    }

    private Task AppendAsync(string actor, string action, ConsoleUser user, object? details, CancellationToken ct) => audit.AppendAsync(
        actor, action, $"account:{user.UserName}", null, details is null ? null : JsonSerializer.Serialize(details), ct);
}
