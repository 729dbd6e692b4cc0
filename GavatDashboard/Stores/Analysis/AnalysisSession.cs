using System.Data.Common;
using System.Globalization;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores.Analysis;

/// <summary>A transaction on a store, with what is done in it again and again.</summary>
internal sealed record AnalysisSession(AnalysisDialect Dialect, DbConnection Connection, DbTransaction Transaction, CancellationToken CancellationToken)
{
    /// <summary>Up to so many values every store looks up one by one, and plans for that in the least time.</summary>
    private const int FewValues = 10;

    /// <summary>Writes rows in the place of older ones.</summary>
    public Task PutAsync(AnalysisTable table, IEnumerable<object?[]> rows) => table.PutAsync(Dialect, Connection, Transaction, [.. rows], CancellationToken);

    /// <summary>Asks for rows of which a column is one of a list; <c>{0}</c> stands for that condition.</summary>
    public async Task<IReadOnlyList<T>> ListOfAsync<T>(
        string sql, string column, IReadOnlyCollection<string> values, Func<DbDataReader, T> map, params (string Name, DateTimeOffset Time)[] times)
    {
        if (values.Count == 0)
        {
            return [];
        }

        await using var command = CommandOf(sql, column, values);
        foreach (var (name, time) in times)
        {
            Dialect.Sql.AddTime(command, name, time);
        }

        return await SqlLedgerReads.ListAsync(command, map, CancellationToken);
    }

    /// <summary>Changes rows of which a column is one of a list; <c>{0}</c> stands for that condition.</summary>
    public async Task ExecuteOfAsync(string sql, string column, IReadOnlyCollection<string> values)
    {
        if (values.Count == 0)
        {
            return;
        }

        await using var command = CommandOf(sql, column, values);
        await command.ExecuteNonQueryAsync(CancellationToken);
    }

    /// <summary>A command over rows of which a column is one of a list; <c>{0}</c> stands for that condition.</summary>
    public DbCommand CommandOf(string sql, string column, IReadOnlyCollection<string> values)
    {
        var oneOf = values.Count > FewValues ? Dialect.OneOf : Dialect.Sql.AnyOf;
        var command = Dialect.Command(Connection, Transaction, string.Format(CultureInfo.InvariantCulture, sql, oneOf(column, "values")));
        Dialect.Sql.AddTexts(command, "values", values);
        return command;
    }
}
