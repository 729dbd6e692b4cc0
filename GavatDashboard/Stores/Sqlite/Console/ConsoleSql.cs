using Dapper;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Sqlite.Console;

/// <summary>A connection with the transaction it is in, so that no statement is run outside of it by mistake.</summary>
internal sealed class ConsoleSql(SqliteConnection connection, SqliteTransaction? transaction, CancellationToken ct)
{
    public SqliteConnection Connection => connection;

    public Task<IEnumerable<T>> QueryAsync<T>(string sql, object? parameters = null) => connection.QueryAsync<T>(Command(sql, parameters));

    public Task<T?> FindAsync<T>(string sql, object? parameters = null) => connection.QuerySingleOrDefaultAsync<T>(Command(sql, parameters));

    public Task<T> ScalarAsync<T>(string sql, object? parameters = null) => connection.QuerySingleAsync<T>(Command(sql, parameters));

    public Task<int> ExecuteAsync(string sql, object? parameters = null) => connection.ExecuteAsync(Command(sql, parameters));

    private CommandDefinition Command(string sql, object? parameters) => new(sql, parameters, transaction, cancellationToken: ct);
}
