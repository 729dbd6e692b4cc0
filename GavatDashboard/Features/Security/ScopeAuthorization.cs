using Microsoft.AspNetCore.Authorization;

namespace GavatDashboard.Features.Security;

/// <summary>Asks for a scope of <see cref="ApiScopes"/>.</summary>
internal sealed record ScopeRequirement(string Scope) : IAuthorizationRequirement;

/// <summary>Keys need the scope; signed-in people need a fitting role: any role to read, admin for the rest.</summary>
internal sealed class ScopeAuthorizationHandler : AuthorizationHandler<ScopeRequirement>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, ScopeRequirement requirement)
    {
        var user = context.User;
        var isAllowed = user.HasClaim(claim => claim.Type == ApiKeyClaims.KeyId)
            ? user.HasClaim(ApiKeyClaims.Scope, requirement.Scope) || user.HasClaim(ApiKeyClaims.Scope, ApiScopes.All)
            : user.IsInRole(ConsoleRoles.Admin) || (ApiScopes.ReadOnly.Contains(requirement.Scope, StringComparer.Ordinal) && ConsoleRoles.All.Any(user.IsInRole));
        if (isAllowed)
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}
