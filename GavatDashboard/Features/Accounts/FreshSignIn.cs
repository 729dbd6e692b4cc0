using System.Security.Claims;
using GavatDashboard.Features.Audit;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Identity;

namespace GavatDashboard.Features.Accounts;

/// <summary>Remembers for one circuit when the password was typed last. A renewal in one tab says nothing for another.</summary>
internal sealed class FreshSignIn(AuthenticationStateProvider state, IServiceScopeFactory scopes, TimeProvider time) : IFreshSignIn
{
    /// <summary>How long a typed password counts.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private DateTimeOffset _renewedAt = DateTimeOffset.MinValue;

    public async Task<bool> IsFreshAsync()
    {
        var typedAt = SessionClaims.FindAuthenticatedAt((await state.GetAuthenticationStateAsync()).User) ?? DateTimeOffset.MinValue;
        return time.GetUtcNow() - (typedAt > _renewedAt ? typedAt : _renewedAt) < Lifetime;
    }

    public async Task<bool> RenewAsync(string password, CancellationToken cancellationToken)
    {
        var name = (await state.GetAuthenticationStateAsync()).User.FindFirstValue(ClaimTypes.Name);
        if (name is null || password.Length is 0 or > SignInService.MaxPasswordLength)
        {
            return false;
        }

        // Of a scope of its own: the user manager is not made for the length of a circuit.
        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<ConsoleUser>>();
        if (await users.FindByNameAsync(name) is not { DisabledAt: null } user)
        {
            return false;
        }

        var result = await scope.ServiceProvider.GetRequiredService<SignInManager<ConsoleUser>>().CheckPasswordSignInAsync(user, password, lockoutOnFailure: true);
        if (result.Succeeded)
        {
            _renewedAt = time.GetUtcNow();
            return true;
        }

        var audit = scope.ServiceProvider.GetRequiredService<IAuditLog>();
        await audit.AppendAsync($"user:{user.UserName}", "sign_in.not_renewed", $"account:{user.UserName}", result.IsLockedOut ? "locked" : "wrong password", null, cancellationToken);
        return false;
    }
}
