namespace GavatDashboard.Features.Security;

/// <summary>The roles of console users. A user may hold several; an admin has every right.</summary>
public static class ConsoleRoles
{
    /// <summary>Watches system health.</summary>
    public const string Operator = "operator";

    /// <summary>Looks users up.</summary>
    public const string Support = "support";

    /// <summary>Changes money, rules, accounts and the state machine.</summary>
    public const string Admin = "admin";

    /// <summary>All roles.</summary>
    public static IReadOnlyList<string> All { get; } = [Operator, Support, Admin];

    /// <summary>The role of that name without regard to case, or null.</summary>
    internal static string? Find(string name) => All.FirstOrDefault(role => string.Equals(role, name, StringComparison.OrdinalIgnoreCase));
}
