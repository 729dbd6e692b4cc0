using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace GavatDashboard.Stores.Sqlite;

/// <summary>
/// A statement that is prepared once and run for row after row. It speaks to SQLite itself: a command of the driver looks each
/// parameter up by its name for every row, which takes longer than writing the row.
/// </summary>
/// <remarks>For one thread at a time, in the connection's current transaction.</remarks>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private int _bound;

    /// <param name="connection">An open connection; it outlives the statement.</param>
    /// <param name="sql">One statement with the parameters <c>?1</c>, <c>?2</c> and so on.</param>
    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle ?? throw new InvalidOperationException("The connection is closed.");
        Check(raw.sqlite3_prepare_v3(_database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    /// <summary>Sets the next parameter.</summary>
    public SqliteStatement Add(long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, ++_bound, value));
        return this;
    }

    /// <summary>Sets the next parameter; null stands for itself.</summary>
    public SqliteStatement Add(long? value) => value is { } number ? Add(number) : AddNull();

    /// <summary>Sets the next parameter.</summary>
    public SqliteStatement Add(ReadOnlySpan<byte> value)
    {
        Check(raw.sqlite3_bind_blob(_statement, ++_bound, value));
        return this;
    }

    /// <summary>Sets the next parameter; null stands for itself.</summary>
    public SqliteStatement Add(string? value)
    {
        if (value is null)
        {
            return AddNull();
        }

        const int OnStack = 512;
        Span<byte> utf8 = stackalloc byte[OnStack];
        var bytes = Encoding.UTF8.TryGetBytes(value, utf8, out var length) ? utf8[..length] : Encoding.UTF8.GetBytes(value);
        Check(raw.sqlite3_bind_text(_statement, ++_bound, bytes));
        return this;
    }

    /// <summary>Runs it with the parameters that were set, and makes it ready for the next row.</summary>
    /// <returns>How many rows it changed.</returns>
    /// <exception cref="SqliteException">SQLite refused; the transaction is still the caller's to end.</exception>
    public int Run()
    {
        _bound = 0;
        var code = raw.sqlite3_step(_statement);
        var reset = raw.sqlite3_reset(_statement);
        Check(code == raw.SQLITE_DONE ? raw.SQLITE_OK : reset == raw.SQLITE_OK ? raw.SQLITE_MISUSE : reset);
        return raw.sqlite3_changes(_database);
    }

    public void Dispose() => _statement.Dispose();

    private SqliteStatement AddNull()
    {
        Check(raw.sqlite3_bind_null(_statement, ++_bound));
        return this;
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            _bound = 0;
            SqliteException.ThrowExceptionForRC(code, _database);
        }
    }
}
