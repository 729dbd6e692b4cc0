using GavatDashboard.Features.Accounts;

namespace GavatDashboard.Stores.Sqlite.Console;

/// <inheritdoc cref="IConsoleSessions"/>
internal sealed class SqliteSessionStore(ConsoleDatabase database, TimeProvider time) : IConsoleSessions
{
    private static readonly TimeSpan SeenResolution = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    public Task<ConsoleSession> OpenAsync(string userId, string? remoteAddress, string? userAgent, CancellationToken ct) => database.WriteAsync(
        async sql =>
        {
            var now = time.GetUtcNow();
            var session = new ConsoleSession(Guid.NewGuid().ToString("N"), userId, now, now, remoteAddress, Shorten(userAgent));
            await sql.ExecuteAsync(
                """
                DELETE FROM console_sessions WHERE last_seen_at_ms < @OldMs;
                INSERT INTO console_sessions (id, user_id, created_at_ms, last_seen_at_ms, remote_address, user_agent)
                VALUES (@Id, @UserId, @NowMs, @NowMs, @RemoteAddress, @UserAgent);
                UPDATE console_users SET last_sign_in_at_ms = @NowMs WHERE id = @UserId;
                """,
                new
                {
                    session.Id, session.UserId, session.RemoteAddress, session.UserAgent,
                    NowMs = now.ToUnixTimeMilliseconds(), OldMs = (now - KeptFor).ToUnixTimeMilliseconds(),
                });
            return session;
        },
        ct);

    public async Task<bool> IsValidAsync(string sessionId, string userId, string securityStamp, CancellationToken ct)
    {
        var lastSeenMs = await database.ReadAsync(
            sql => sql.FindAsync<long?>(
                """
                SELECT s.last_seen_at_ms FROM console_sessions s JOIN console_users u ON u.id = s.user_id
                WHERE s.id = @sessionId AND s.user_id = @userId AND s.ended_at_ms IS NULL AND u.disabled_at_ms IS NULL AND u.security_stamp = @securityStamp
                """,
                new { sessionId, userId, securityStamp }),
            ct);
        if (lastSeenMs is not { } seenMs)
        {
            return false;
        }

        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (nowMs - seenMs >= SeenResolution.TotalMilliseconds)
        {
            await database.WriteAsync(
                sql => sql.ExecuteAsync("UPDATE console_sessions SET last_seen_at_ms = @nowMs WHERE id = @sessionId", new { nowMs, sessionId }), ct);
        }

        return true;
    }

    public Task<IReadOnlyList<ConsoleSession>> ListAsync(string userId, CancellationToken ct) => database.ReadAsync<IReadOnlyList<ConsoleSession>>(
        async sql =>
        {
            var sinceMs = (time.GetUtcNow() - SessionClaims.Lifetime).ToUnixTimeMilliseconds();
            var rows = await sql.QueryAsync<SessionRow>(
                """
                SELECT s.id AS Id, s.user_id AS UserId, s.created_at_ms AS CreatedAtMs, s.last_seen_at_ms AS LastSeenAtMs,
                       s.remote_address AS RemoteAddress, s.user_agent AS UserAgent
                FROM console_sessions s WHERE s.user_id = @userId AND s.ended_at_ms IS NULL AND s.last_seen_at_ms >= @sinceMs
                ORDER BY s.last_seen_at_ms DESC
                """,
                new { userId, sinceMs });
            return [.. rows.Select(row => new ConsoleSession(
                row.Id, row.UserId, ConsoleTime.From(row.CreatedAtMs), ConsoleTime.From(row.LastSeenAtMs), row.RemoteAddress, row.UserAgent))];
        },
        ct);

    public Task<bool> EndAsync(string sessionId, CancellationToken ct) => database.WriteAsync(
        async sql => await sql.ExecuteAsync(
            "UPDATE console_sessions SET ended_at_ms = @nowMs WHERE id = @sessionId AND ended_at_ms IS NULL",
            new { nowMs = time.GetUtcNow().ToUnixTimeMilliseconds(), sessionId }) == 1,
        ct);

    public Task<int> EndAllAsync(string userId, CancellationToken ct) => database.WriteAsync(
        sql => sql.ExecuteAsync(
            "UPDATE console_sessions SET ended_at_ms = @nowMs WHERE user_id = @userId AND ended_at_ms IS NULL",
            new { nowMs = time.GetUtcNow().ToUnixTimeMilliseconds(), userId }),
        ct);

    private static string? Shorten(string? text) => text is { Length: > 300 } ? text[..300] : text;

    private sealed record SessionRow(string Id, string UserId, long CreatedAtMs, long LastSeenAtMs, string? RemoteAddress, string? UserAgent);
}
