using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GavatDashboard.Features.Audit;
using GavatDashboard.Stores.Sqlite.Console;

namespace GavatDashboard.Features.Security;

/// <summary>Makes, checks and revokes API keys. Keys have at least 128 random bits, so one round of SHA-256 hides them well.</summary>
internal sealed class ApiKeyService(IApiKeyStore store, IConsoleUnitOfWork unitOfWork, IAuditLog audit, TimeProvider time)
{
    private const string GeneratedPrefix = "gvt_";
    private const int SecretBytes = 32;
    private const int GeneratedShownLength = 8;
    private const int ChosenShownLength = 4;
    private const int MaxKeyLength = 256;

    /// <summary>A key revoked by another process is refused at the latest after this time.</summary>
    private static readonly TimeSpan RememberedFor = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SeenResolution = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (ApiKey Key, DateTimeOffset Until)> _remembered = new(StringComparer.Ordinal);

    /// <summary>Makes a key. The returned secret is not kept and cannot be shown again.</summary>
    /// <exception cref="ArgumentException">No name, no scope, an unknown scope, or an expiry that is not in the future.</exception>
    public async Task<(ApiKey Key, string Secret)> CreateAsync(
        string name, IReadOnlyCollection<string> scopes, DateTimeOffset? expiresAt, string actor, CancellationToken ct)
    {
        var secret = GeneratedPrefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        var key = NewKey(name, secret[..GeneratedShownLength], scopes, expiresAt, actor);
        if (!await AddAsync(key, secret, actor, ct))
        {
            throw new InvalidOperationException("The same key was generated twice.");
        }

        return (key, secret);
    }

    /// <summary>Keeps a key that was chosen by the owner of the machine, with all scopes. A key that was revoked stays revoked.</summary>
    /// <returns>Whether it is new.</returns>
    public async Task<bool> EnsureAsync(string name, string secret, string actor, CancellationToken ct) =>
        await store.FindByHashAsync(Hash(secret), ct) is null
        && await AddAsync(NewKey(name, secret[..ChosenShownLength], [ApiScopes.All], null, actor), secret, actor, ct);

    /// <summary>The key when the secret is known, not revoked and not expired; otherwise null.</summary>
    public async Task<ApiKey?> VerifyAsync(string secret, CancellationToken ct)
    {
        if (secret.Length is 0 or > MaxKeyLength)
        {
            return null;
        }

        var hash = Hash(secret);
        var now = time.GetUtcNow();
        if (_remembered.TryGetValue(hash, out var known) && known.Until > now && known.Key.IsUsable(now))
        {
            return known.Key;
        }

        if (await store.FindByHashAsync(hash, ct) is not var (key, keptHash)
            || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(keptHash))
            || !key.IsUsable(now))
        {
            _remembered.TryRemove(hash, out _);
            return null;
        }

        if (key.LastUsedAt is not { } lastUsed || now - lastUsed >= SeenResolution)
        {
            await store.TouchAsync(key.Id, now, ct);
        }

        _remembered[hash] = (key, now + RememberedFor);
        return key;
    }

    public Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken ct) => store.ListAsync(ct);

    /// <summary>Revokes a key at once.</summary>
    /// <returns>Whether there was one to revoke.</returns>
    public async Task<bool> RevokeAsync(string id, string actor, CancellationToken ct)
    {
        var isRevoked = await unitOfWork.RunAsync(
            async inner =>
            {
                if (await store.RevokeAsync(id, actor, time.GetUtcNow(), inner) is not { } key)
                {
                    return false;
                }

                await audit.AppendAsync(actor, "api_key.revoked", $"key:{key.Name}", null, JsonSerializer.Serialize(new { id, prefix = key.Prefix }), inner);
                return true;
            },
            static revoked => revoked,
            ct);
        _remembered.Clear();
        return isRevoked;
    }

    private ApiKey NewKey(string name, string shown, IReadOnlyCollection<string> scopes, DateTimeOffset? expiresAt, string actor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var now = time.GetUtcNow();
        if (name.Length > 100)
        {
            throw new ArgumentException("A key's name has at most 100 characters.", nameof(name));
        }

        if (scopes.Count == 0 || !scopes.All(ApiScopes.IsKnown))
        {
            throw new ArgumentException($"Give one or more of these scopes: {string.Join(", ", ApiScopes.Known)} or {ApiScopes.All}.", nameof(scopes));
        }

        if (expiresAt <= now)
        {
            throw new ArgumentException("A key must expire in the future.", nameof(expiresAt));
        }

        return new ApiKey(Guid.CreateVersion7().ToString("N"), name.Trim(), shown, [.. scopes.Distinct(StringComparer.Ordinal)], now, actor, expiresAt, null, null);
    }

    private Task<bool> AddAsync(ApiKey key, string secret, string actor, CancellationToken ct) => unitOfWork.RunAsync(
        async inner =>
        {
            if (!await store.AddAsync(key, Hash(secret), inner))
            {
                return false;
            }

            var details = JsonSerializer.Serialize(new { id = key.Id, prefix = key.Prefix, scopes = key.Scopes, expiresAt = key.ExpiresAt });
            await audit.AppendAsync(actor, "api_key.created", $"key:{key.Name}", null, details, inner);
            return true;
        },
        static added => added,
        ct);

    private static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

}
