namespace GavatDashboard.Domain.Coins;

/// <summary>Where a value was read.</summary>
public enum StoreKind
{
    /// <summary>The primary ledger in PostgreSQL.</summary>
    PostgreSql,

    /// <summary>The ledger in SQLite: the fallback, or the primary's stand-in in embedded mode.</summary>
    Sqlite,

    /// <summary>The cache.</summary>
    Redis,

    /// <summary>The copy for analytics; it may be behind.</summary>
    MongoDb,
}

/// <summary>A value that says whence and when.</summary>
/// <typeparam name="T">The kind of value.</typeparam>
/// <param name="Value">The value.</param>
/// <param name="AsOf">When it was known to be true (UTC).</param>
/// <param name="Source">The store it was read from.</param>
/// <param name="IsStale">Whether newer entries may exist that it does not show.</param>
public sealed record Reading<T>(T Value, DateTimeOffset AsOf, StoreKind Source, bool IsStale = false);
