using System.Globalization;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Sqlite;

/// <summary>A database file that SQLite cannot read any more: it is kept for a person, and another takes its place.</summary>
internal static class DamagedFile
{
    private const int Corrupt = 11;
    private const int NotADatabase = 26;

    /// <summary>Whether a failure means that the file is damaged, and not busy, full or missing.</summary>
    public static bool Explains(Exception failure)
    {
        for (var each = failure; each is not null; each = each.InnerException)
        {
            if (each is SqliteException { SqliteErrorCode: Corrupt or NotADatabase })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Moves the file and everything that belongs to it into a folder beside it, its marker included.</summary>
    /// <returns>The folder.</returns>
    public static string SetAside(SqliteDatabase database, DateTimeOffset now)
    {
        using (var connection = new SqliteConnection(database.ConnectionString))
        {
            SqliteConnection.ClearPool(connection);
        }

        var folder = string.Create(CultureInfo.InvariantCulture, $"{database.Path}.damaged-{now.UtcDateTime:yyyyMMddHHmmss}");
        Directory.CreateDirectory(folder);
        var name = Path.GetFileNameWithoutExtension(database.Path);
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(database.Path)!, name + ".*"))
        {
            File.Move(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        return folder;
    }
}
