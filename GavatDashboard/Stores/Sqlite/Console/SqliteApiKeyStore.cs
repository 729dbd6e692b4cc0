using GavatDashboard.Features.Security;

namespace GavatDashboard.Stores.Sqlite.Console;

/// <inheritdoc cref="IApiKeyStore"/>
internal sealed class SqliteApiKeyStore(ConsoleDatabase database) : IApiKeyStore
{
    private const string Select =
        """
        SELECT id AS Id, name AS Name, prefix AS Prefix, key_hash AS KeyHash, scopes AS Scopes, created_at_ms AS CreatedAtMs, created_by AS CreatedBy,
               expires_at_ms AS ExpiresAtMs, revoked_at_ms AS RevokedAtMs, last_used_at_ms AS LastUsedAtMs
        FROM api_keys
        """;

    public Task<bool> AddAsync(ApiKey key, string keyHash, CancellationToken ct) => database.WriteAsync(
        async sql => await sql.ExecuteAsync(
            """
            INSERT INTO api_keys (id, name, prefix, key_hash, scopes, created_at_ms, created_by, expires_at_ms)
            VALUES (@Id, @Name, @Prefix, @KeyHash, @Scopes, @CreatedAtMs, @CreatedBy, @ExpiresAtMs)
            ON CONFLICT (key_hash) DO NOTHING
            """,
            new
            {
                key.Id, key.Name, key.Prefix, KeyHash = keyHash, Scopes = string.Join(' ', key.Scopes), key.CreatedBy,
                CreatedAtMs = key.CreatedAt.ToUnixTimeMilliseconds(), ExpiresAtMs = key.ExpiresAt?.ToUnixTimeMilliseconds(),
            }) == 1,
        ct);

    public Task<(ApiKey Key, string Hash)?> FindByHashAsync(string keyHash, CancellationToken ct) => database.ReadAsync(
        async sql => await sql.FindAsync<KeyRow>($"{Select} WHERE key_hash = @keyHash", new { keyHash }) is { } row
            ? (row.ToKey(), row.KeyHash)
            : ((ApiKey, string)?)null,
        ct);

    public Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken ct) => database.ReadAsync<IReadOnlyList<ApiKey>>(
        async sql => [.. (await sql.QueryAsync<KeyRow>($"{Select} ORDER BY created_at_ms DESC, id")).Select(row => row.ToKey())], ct);

    public Task<ApiKey?> RevokeAsync(string id, string revokedBy, DateTimeOffset at, CancellationToken ct) => database.WriteAsync(
        async sql =>
        {
            var revoked = await sql.ExecuteAsync(
                "UPDATE api_keys SET revoked_at_ms = @AtMs, revoked_by = @revokedBy WHERE id = @id AND revoked_at_ms IS NULL",
                new { id, revokedBy, AtMs = at.ToUnixTimeMilliseconds() });
            return revoked == 0 ? null : (await sql.FindAsync<KeyRow>($"{Select} WHERE id = @id", new { id }))?.ToKey();
        },
        ct);

    public Task TouchAsync(string id, DateTimeOffset at, CancellationToken ct) => database.WriteAsync(
        sql => sql.ExecuteAsync("UPDATE api_keys SET last_used_at_ms = @AtMs WHERE id = @id", new { id, AtMs = at.ToUnixTimeMilliseconds() }), ct);

    private sealed record KeyRow(
        string Id,
        string Name,
        string Prefix,
        string KeyHash,
        string Scopes,
        long CreatedAtMs,
        string CreatedBy,
        long? ExpiresAtMs,
        long? RevokedAtMs,
        long? LastUsedAtMs)
    {
        public ApiKey ToKey() => new(
            Id,
            Name,
            Prefix,
            Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            ConsoleTime.From(CreatedAtMs),
            CreatedBy,
            ConsoleTime.From(ExpiresAtMs),
            ConsoleTime.From(RevokedAtMs),
            ConsoleTime.From(LastUsedAtMs));
    }
}
