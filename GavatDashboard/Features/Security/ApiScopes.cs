namespace GavatDashboard.Features.Security;

/// <summary>What an API key may do. A key holds one or more of these.</summary>
public static class ApiScopes
{
    /// <summary>Read balances, statistics, transactions, prices and leaderboards.</summary>
    public const string CoinsRead = "coins:read";

    /// <summary>Post earns, spends and reversals.</summary>
    public const string CoinsWrite = "coins:write";

    /// <summary>Search and read users, analyzer profiles and segments.</summary>
    public const string UsersRead = "users:read";

    /// <summary>Create users and record their activity.</summary>
    public const string UsersWrite = "users:write";

    /// <summary>Read component health in detail and metrics.</summary>
    public const string Health = "health";

    /// <summary>Upload history and follow the import.</summary>
    public const string Import = "import";

    /// <summary>Failover, recovery, drills and other administration.</summary>
    public const string Admin = "admin";

    /// <summary>Every scope, those of later versions included. Held by the bootstrap key.</summary>
    public const string All = "*";

    /// <summary>The scopes a key can be given, without <see cref="All"/>.</summary>
    public static IReadOnlyList<string> Known { get; } = [CoinsRead, CoinsWrite, UsersRead, UsersWrite, Health, Import, Admin];

    /// <summary>The scopes that only read; any signed-in console role has them.</summary>
    internal static IReadOnlyList<string> ReadOnly { get; } = [CoinsRead, UsersRead, Health];

    /// <summary>Whether <paramref name="scope"/> can be given to a key.</summary>
    public static bool IsKnown(string scope) => scope == All || Known.Contains(scope, StringComparer.Ordinal);
}
