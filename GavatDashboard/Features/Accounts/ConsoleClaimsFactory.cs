using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Accounts;

/// <summary>Puts the user's roles into the principal; there is no role store to ask.</summary>
internal sealed class ConsoleClaimsFactory(UserManager<ConsoleUser> userManager, IOptions<IdentityOptions> options)
    : UserClaimsPrincipalFactory<ConsoleUser>(userManager, options)
{
    protected override async Task<ClaimsIdentity> GenerateClaimsAsync(ConsoleUser user)
    {
        var identity = await base.GenerateClaimsAsync(user);
        identity.AddClaims(user.Roles.Select(role => new Claim(identity.RoleClaimType, role)));
        return identity;
    }
}
