namespace GavatDashboard.Features.Security;

/// <summary>An API key as it is kept: never the key itself.</summary>
/// <param name="Id">Stable identifier.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Prefix">Its first characters, to recognise it by.</param>
/// <param name="Scopes">What it may do, see <see cref="ApiScopes"/>.</param>
/// <param name="CreatedAt">Created (UTC).</param>
/// <param name="CreatedBy">By whom.</param>
/// <param name="ExpiresAt">Refused from then on (UTC), or null for never.</param>
/// <param name="RevokedAt">Revoked (UTC), or null.</param>
/// <param name="LastUsedAt">Last seen, to the minute (UTC), or null.</param>
internal sealed record ApiKey(
    string Id,
    string Name,
    string Prefix,
    IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt,
    string CreatedBy,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt,
    DateTimeOffset? LastUsedAt)
{
    public bool IsUsable(DateTimeOffset now) => RevokedAt is null && !(ExpiresAt <= now);
}

/// <summary>Where API keys are kept, found by the SHA-256 of the key as lower-case hexadecimal.</summary>
internal interface IApiKeyStore
{
    /// <summary>Keeps a new key; false when the same key is known already, revoked ones included.</summary>
    Task<bool> AddAsync(ApiKey key, string keyHash, CancellationToken ct);

    /// <summary>The key with that hash and the hash itself, or null.</summary>
    Task<(ApiKey Key, string Hash)?> FindByHashAsync(string keyHash, CancellationToken ct);

    /// <summary>All keys, newest first.</summary>
    Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken ct);

    /// <summary>Revokes a key; null when there is none that could be revoked.</summary>
    Task<ApiKey?> RevokeAsync(string id, string revokedBy, DateTimeOffset at, CancellationToken ct);

    /// <summary>Notes that a key was used.</summary>
    Task TouchAsync(string id, DateTimeOffset at, CancellationToken ct);
}
