using System.Security.Claims;
using GavatDashboard.Features.Accounts;
using GavatDashboard.Features.Audit;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Authorization;

namespace GavatDashboard.Features.Security;

/// <summary>Asks again, at the moment of an action, whether whoever sits behind a circuit is an admin whose session holds.</summary>
public interface IAdminGate
{
    /// <summary>Who acts, as the audit log writes it (<see cref="AuditActors"/>), or null for somebody who may not.</summary>
    Task<string?> FindActorAsync(CancellationToken cancellationToken);

    /// <summary>The same for another policy, such as <see cref="Policies.Support"/>.</summary>
    Task<string?> FindActorAsync(string policy, CancellationToken cancellationToken);
}

/// <summary>
/// A page that was opened by an admin stays open when the role or the session ends; the page's own authorization is looked at every few
/// seconds only. So what changes something asks the store.
/// </summary>
internal sealed class AdminGate(AuthenticationStateProvider state, IAuthorizationService authorization, SessionCheck sessions) : IAdminGate
{
    public Task<string?> FindActorAsync(CancellationToken cancellationToken) => FindActorAsync(Policies.Admin, cancellationToken);

    public async Task<string?> FindActorAsync(string policy, CancellationToken cancellationToken)
    {
        ClaimsPrincipal user = (await state.GetAuthenticationStateAsync()).User;
        return (await authorization.AuthorizeAsync(user, policy)).Succeeded && await sessions.IsValidAsync(user, cancellationToken)
            ? AuditActors.Of(user)
            : null;
    }
}
