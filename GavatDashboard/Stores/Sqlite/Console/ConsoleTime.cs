namespace GavatDashboard.Stores.Sqlite.Console;

/// <summary>Times as the console store keeps them.</summary>
internal static class ConsoleTime
{
    public static DateTimeOffset From(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs);

    public static DateTimeOffset? From(long? unixMs) => unixMs is { } value ? From(value) : null;
}
