using GavatDashboard.Domain.Failover;
using Microsoft.AspNetCore.Components;

namespace GavatDashboard.Features.Failover;

/// <summary>Leads from an instance that follows to the same page of the one that owns the ledger.</summary>
internal static class OwnerPage
{
    /// <summary>The page's address there; null where this instance follows nobody, or the owner's address is not known.</summary>
    public static string? FindAddress(FailoverSnapshot now, NavigationManager navigation) =>
        now.State == FailoverState.Following && now.Instances.FirstOrDefault(each => each.Instance == now.Owner) is { Address.Length: > 0 } owner
            ? new Uri(new Uri(owner.Address), "/" + navigation.ToBaseRelativePath(navigation.Uri)).ToString()
            : null;
}
