using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Shared.Text;

/// <summary>Names of the stores for people; they are the same in every language.</summary>
internal static class StoreNames
{
    /// <summary>The name.</summary>
    public static string Of(StoreKind store) => store switch
    {
        StoreKind.PostgreSql => "PostgreSQL",
        StoreKind.Sqlite => "SQLite",
        StoreKind.Redis => "Redis",
        StoreKind.MongoDb => "MongoDB",
        _ => store.ToString(),
    };
}
