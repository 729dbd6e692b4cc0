namespace GavatDashboard.Features.Security;

/// <summary>Names of the authorization policies that pages and endpoints ask for.</summary>
public static class Policies
{
    /// <summary>Operators and admins: system health, incidents, leaderboard, segments.</summary>
    public const string Operator = "operator";

    /// <summary>Support staff and admins: users, their entries and profiles.</summary>
    public const string Support = "support";

    /// <summary>Admins only: everything that changes money, rules, accounts or the state machine.</summary>
    public const string Admin = "admin";

    /// <summary>Anybody who is signed in with at least one of the three roles. Also the fallback of every unmarked endpoint.</summary>
    public const string Viewer = "viewer";

    /// <summary>API: read balances, statistics, transactions, prices, leaderboards. Also any signed-in role.</summary>
    public const string CoinsRead = ScopePrefix + ApiScopes.CoinsRead;

    /// <summary>API: earn, spend, reverse. Also signed-in admins.</summary>
    public const string CoinsWrite = ScopePrefix + ApiScopes.CoinsWrite;

    /// <summary>API: search and read users, profiles, segments. Also any signed-in role.</summary>
    public const string UsersRead = ScopePrefix + ApiScopes.UsersRead;

    /// <summary>API: create users, record activity. Also signed-in admins.</summary>
    public const string UsersWrite = ScopePrefix + ApiScopes.UsersWrite;

    /// <summary>API: component health in detail and metrics. Also any signed-in role.</summary>
    public const string Health = ScopePrefix + ApiScopes.Health;

    /// <summary>API: upload history and follow its progress. Also signed-in admins.</summary>
    public const string Import = ScopePrefix + ApiScopes.Import;

    /// <summary>API: failover, recovery and other administration. Also signed-in admins.</summary>
    public const string ApiAdmin = ScopePrefix + ApiScopes.Admin;

    /// <summary>Every scope policy is named by this prefix and the scope.</summary>
    internal const string ScopePrefix = "scope:";
}
