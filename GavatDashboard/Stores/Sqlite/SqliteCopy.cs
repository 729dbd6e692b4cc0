using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sqlite.Console;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Sqlite;

/// <summary>Copies whole SQLite files through SQLite itself, so that a copy is of one instant although others write.</summary>
internal static class SqliteCopy
{
    /// <summary>Copies a database to a new file that needs no other file beside it.</summary>
    /// <exception cref="StoreUnavailableException">The source cannot be read, or the target not written.</exception>
    public static void Take(string source, string target) => Guard(source, () =>
    {
        ConsoleFiles.EnsurePrivateFile(target);
        using var from = Open(source, SqliteOpenMode.ReadOnly);
        using var to = Open(target, SqliteOpenMode.ReadWriteCreate);
        from.BackupDatabase(to);
        Execute(to, "PRAGMA journal_mode = DELETE");
    });

    /// <summary>Puts a copy in the place of a database's content, in one transaction of that database.</summary>
    /// <exception cref="StoreUnavailableException">The copy cannot be read, or the target not written.</exception>
    public static void PutBack(string copy, string target) => Guard(target, () =>
    {
        ConsoleFiles.EnsurePrivateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
        ConsoleFiles.EnsurePrivateFile(target);
        using var from = Open(copy, SqliteOpenMode.ReadOnly);
        using var to = Open(target, SqliteOpenMode.ReadWriteCreate);
        Execute(to, "PRAGMA synchronous = FULL; PRAGMA busy_timeout = 10000");
        from.BackupDatabase(to);
        Execute(to, "PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)");
    });

    /// <summary>Removes a database that nobody has open, with the files beside it.</summary>
    public static void Remove(string path)
    {
        foreach (var file in (string[])[path, path + "-wal", path + "-shm"])
        {
            File.Delete(file);
        }
    }

    /// <summary>Whether a file holds a ledger with entries; false where there is no file or no ledger in it.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be read.</exception>
    public static bool HasEntries(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            return false;
        }

        var answer = false;
        Guard(path, () =>
        {
            using var connection = Open(path, SqliteOpenMode.ReadOnly);
            answer = Scalar(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'coin_transactions'") > 0
                && Scalar(connection, "SELECT EXISTS (SELECT 1 FROM coin_transactions)") > 0;
        });
        return answer;
    }

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 10 }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    private static void Guard(string path, Action action)
    {
        try
        {
            action();
        }
        catch (SqliteException exception)
        {
            throw new StoreUnavailableException(StoreKind.Sqlite, $"'{path}' cannot be copied: {exception.Message}", innerException: exception);
        }
    }
}
