using GavatDashboard.Features.Accounts;
using GavatDashboard.Features.Security;
using Microsoft.AspNetCore.Identity;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Sqlite.Console;

/// <summary>Console users behind ASP.NET Core Identity's managers. Setters change the object; <see cref="UpdateAsync"/> saves it, roles included.</summary>
internal sealed partial class SqliteUserStore(ConsoleDatabase database) :
    IUserPasswordStore<ConsoleUser>,
    IUserRoleStore<ConsoleUser>,
    IUserLockoutStore<ConsoleUser>,
    IUserSecurityStampStore<ConsoleUser>,
    IConsoleAccounts
{
    private const int SqliteConstraint = 19;

    private const string Select =
        """
        SELECT id AS Id, user_name AS UserName, normalized_user_name AS NormalizedUserName, password_hash AS PasswordHash,
               security_stamp AS SecurityStamp, concurrency_stamp AS ConcurrencyStamp, lockout_enabled AS LockoutEnabled,
               lockout_end_ms AS LockoutEndMs, access_failed_count AS AccessFailedCount, must_change_password AS MustChangePassword,
               disabled_at_ms AS DisabledAtMs, created_at_ms AS CreatedAtMs, last_sign_in_at_ms AS LastSignInAtMs,
               (SELECT group_concat(role) FROM console_user_roles r WHERE r.user_id = u.id) AS Roles
        FROM console_users u
        """;

    private readonly IdentityErrorDescriber _errors = new();

    public Task<IdentityResult> CreateAsync(ConsoleUser user, CancellationToken cancellationToken) => database.WriteAsync(
        async sql =>
        {
            try
            {
                await sql.ExecuteAsync(
                    """
                    INSERT INTO console_users (id, user_name, normalized_user_name, password_hash, security_stamp, concurrency_stamp, lockout_enabled,
                        lockout_end_ms, access_failed_count, must_change_password, disabled_at_ms, created_at_ms, last_sign_in_at_ms)
                    VALUES (@Id, @UserName, @NormalizedUserName, @PasswordHash, @SecurityStamp, @ConcurrencyStamp, @LockoutEnabled,
                        @LockoutEndMs, @AccessFailedCount, @MustChangePassword, @DisabledAtMs, @CreatedAtMs, @LastSignInAtMs)
                    """,
                    UserRow.From(user));
            }
            catch (SqliteException problem) when (problem.SqliteErrorCode == SqliteConstraint)
            {
                return IdentityResult.Failed(_errors.DuplicateUserName(user.UserName));
            }

            await ReplaceRolesAsync(sql, user);
            return IdentityResult.Success;
        },
        cancellationToken);

    public Task<IdentityResult> UpdateAsync(ConsoleUser user, CancellationToken cancellationToken) => database.WriteAsync(
        async sql =>
        {
            var row = UserRow.From(user);
            var newStamp = Guid.NewGuid().ToString("N");
            try
            {
                var changed = await sql.ExecuteAsync(
                    """
                    UPDATE console_users SET user_name = @UserName, normalized_user_name = @NormalizedUserName, password_hash = @PasswordHash,
                        security_stamp = @SecurityStamp, concurrency_stamp = @NewStamp, lockout_enabled = @LockoutEnabled,
                        lockout_end_ms = @LockoutEndMs, access_failed_count = @AccessFailedCount, must_change_password = @MustChangePassword,
                        disabled_at_ms = @DisabledAtMs, last_sign_in_at_ms = @LastSignInAtMs
                    WHERE id = @Id AND concurrency_stamp = @ConcurrencyStamp
                    """,
                    new
                    {
                        row.Id, row.UserName, row.NormalizedUserName, row.PasswordHash, row.SecurityStamp, NewStamp = newStamp, row.LockoutEnabled,
                        row.LockoutEndMs, row.AccessFailedCount, row.MustChangePassword, row.DisabledAtMs, row.LastSignInAtMs, row.ConcurrencyStamp,
                    });
                if (changed == 0)
                {
                    return IdentityResult.Failed(_errors.ConcurrencyFailure());
                }
            }
            catch (SqliteException problem) when (problem.SqliteErrorCode == SqliteConstraint)
            {
                return IdentityResult.Failed(_errors.DuplicateUserName(user.UserName));
            }

            await ReplaceRolesAsync(sql, user);
            user.ConcurrencyStamp = newStamp;
            return IdentityResult.Success;
        },
        cancellationToken);

    public Task<IdentityResult> DeleteAsync(ConsoleUser user, CancellationToken cancellationToken) => database.WriteAsync(
        async sql => await sql.ExecuteAsync("DELETE FROM console_users WHERE id = @Id AND concurrency_stamp = @ConcurrencyStamp", new { user.Id, user.ConcurrencyStamp }) == 1
            ? IdentityResult.Success
            : IdentityResult.Failed(_errors.ConcurrencyFailure()),
        cancellationToken);

    public Task<ConsoleUser?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        FindAsync("WHERE u.id = @Value", userId, cancellationToken);

    public Task<ConsoleUser?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) =>
        FindAsync("WHERE u.normalized_user_name = @Value", normalizedUserName, cancellationToken);

    public Task<IReadOnlyList<ConsoleUser>> ListAsync(CancellationToken ct) => database.ReadAsync<IReadOnlyList<ConsoleUser>>(
        async sql => [.. (await sql.QueryAsync<UserRow>($"{Select} ORDER BY u.normalized_user_name")).Select(row => row.ToUser())], ct);

    public async Task<IList<ConsoleUser>> GetUsersInRoleAsync(string roleName, CancellationToken cancellationToken) =>
        await database.ReadAsync<IList<ConsoleUser>>(
            async sql => [.. (await sql.QueryAsync<UserRow>(
                $"{Select} WHERE EXISTS (SELECT 1 FROM console_user_roles r WHERE r.user_id = u.id AND r.role = @Role) ORDER BY u.normalized_user_name",
                new { Role = ConsoleRoles.Find(roleName) })).Select(row => row.ToUser())],
            cancellationToken);

    public Task<int> CountActiveAdminsAsync(CancellationToken ct) => database.ReadAsync(
        sql => sql.ScalarAsync<int>(
            """
            SELECT COUNT(*) FROM console_users u JOIN console_user_roles r ON r.user_id = u.id
            WHERE r.role = 'admin' AND u.disabled_at_ms IS NULL
            """),
        ct);

    public Task<(int Failures, DateTimeOffset? LockoutEnd)> RecordFailureAsync(string userId, int maxFailures, DateTimeOffset lockoutEnd, CancellationToken ct) =>
        database.WriteAsync(
            async sql =>
            {
                var failures = await sql.ScalarAsync<int>(
                    """
                    UPDATE console_users SET access_failed_count = access_failed_count + 1, concurrency_stamp = @NewStamp
                    WHERE id = @Id RETURNING access_failed_count
                    """,
                    new { Id = userId, NewStamp = Guid.NewGuid().ToString("N") });
                if (failures < maxFailures)
                {
                    return (failures, (DateTimeOffset?)null);
                }

                await sql.ExecuteAsync(
                    "UPDATE console_users SET access_failed_count = 0, lockout_end_ms = @EndMs WHERE id = @Id",
                    new { Id = userId, EndMs = lockoutEnd.ToUnixTimeMilliseconds() });
                return (failures, lockoutEnd);
            },
            ct);

    public void Dispose()
    {
        // Identity asks for it; connections are opened per call.
    }

    private static async Task ReplaceRolesAsync(ConsoleSql sql, ConsoleUser user)
    {
        await sql.ExecuteAsync("DELETE FROM console_user_roles WHERE user_id = @Id", new { user.Id });
        foreach (var role in user.Roles)
        {
            await sql.ExecuteAsync("INSERT INTO console_user_roles (user_id, role) VALUES (@Id, @Role)", new { user.Id, Role = role });
        }
    }

    private Task<ConsoleUser?> FindAsync(string where, string value, CancellationToken ct) => database.ReadAsync(
        async sql => (await sql.FindAsync<UserRow>($"{Select} {where}", new { Value = value }))?.ToUser(), ct);

    private sealed class UserRow
    {
        public string Id { get; init; } = "";

        public string UserName { get; init; } = "";

        public string NormalizedUserName { get; init; } = "";

        public string? PasswordHash { get; init; }

        public string SecurityStamp { get; init; } = "";

        public string ConcurrencyStamp { get; init; } = "";

        public bool LockoutEnabled { get; init; }

        public long? LockoutEndMs { get; init; }

        public int AccessFailedCount { get; init; }

        public bool MustChangePassword { get; init; }

        public long? DisabledAtMs { get; init; }

        public long CreatedAtMs { get; init; }

        public long? LastSignInAtMs { get; init; }

        public string? Roles { get; init; }

        public static UserRow From(ConsoleUser user) => new()
        {
            Id = user.Id,
            UserName = user.UserName,
            NormalizedUserName = user.NormalizedUserName,
            PasswordHash = user.PasswordHash,
            SecurityStamp = user.SecurityStamp,
            ConcurrencyStamp = user.ConcurrencyStamp,
            LockoutEnabled = user.LockoutEnabled,
            LockoutEndMs = user.LockoutEnd?.ToUnixTimeMilliseconds(),
            AccessFailedCount = user.AccessFailedCount,
            MustChangePassword = user.MustChangePassword,
            DisabledAtMs = user.DisabledAt?.ToUnixTimeMilliseconds(),
            CreatedAtMs = user.CreatedAt.ToUnixTimeMilliseconds(),
            LastSignInAtMs = user.LastSignInAt?.ToUnixTimeMilliseconds(),
        };

        public ConsoleUser ToUser() => new()
        {
            Id = Id,
            UserName = UserName,
            NormalizedUserName = NormalizedUserName,
            PasswordHash = PasswordHash,
            SecurityStamp = SecurityStamp,
            ConcurrencyStamp = ConcurrencyStamp,
            LockoutEnabled = LockoutEnabled,
            LockoutEnd = ConsoleTime.From(LockoutEndMs),
            AccessFailedCount = AccessFailedCount,
            MustChangePassword = MustChangePassword,
            DisabledAt = ConsoleTime.From(DisabledAtMs),
            CreatedAt = ConsoleTime.From(CreatedAtMs),
            LastSignInAt = ConsoleTime.From(LastSignInAtMs),
            Roles = Roles?.Split(',').Order(StringComparer.Ordinal).ToList() ?? [],
        };
    }
}
