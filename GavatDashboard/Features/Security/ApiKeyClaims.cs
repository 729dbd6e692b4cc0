namespace GavatDashboard.Features.Security;

/// <summary>Claims of a caller that came with an API key.</summary>
internal static class ApiKeyClaims
{
    /// <summary>The key's identifier (not the key).</summary>
    public const string KeyId = "gavat:key_id";

    /// <summary>One claim a scope, see <see cref="ApiScopes"/>.</summary>
    public const string Scope = "gavat:scope";
}
