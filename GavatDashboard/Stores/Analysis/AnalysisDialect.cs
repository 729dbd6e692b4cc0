using System.Data.Common;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Stores.Sqlite;

namespace GavatDashboard.Stores.Analysis;

/// <summary>What the analyzer asks of a store in words of its own.</summary>
/// <param name="Sql">The ways that the ledger needs too.</param>
/// <param name="DayOf">An expression for the number of UTC days since 1970 of a column that holds an instant.</param>
/// <param name="OneOf">A condition that a column is one of the texts of a parameter, of which there may be hundreds.</param>
/// <param name="ReadTimeoutSeconds">How long a query over everybody may take.</param>
internal sealed record AnalysisDialect(SqlDialect Sql, Func<string, string> DayOf, Func<string, string, string> OneOf, int ReadTimeoutSeconds)
{
    /// <summary>The day number of 1 January 1970.</summary>
    private const int EpochDay = 719_162;

    // A table that grows while a batch runs has no statistics yet, and a long list is then taken for most of the table, which is read as a whole; a join is looked up.
    public static AnalysisDialect Postgres { get; } = new(
        new PostgresDialect(), column => $"CAST(floor(extract(epoch FROM {column}) / 86400) AS bigint)", (column, parameter) => $"{column} IN (SELECT unnest(@{parameter}))", 120);

    public static AnalysisDialect Sqlite { get; } = new(new SqliteDialect(), column => $"({column} / 86400000000)", new SqliteDialect().AnyOf, 120);

    /// <summary>A day from what <see cref="DayOf"/> gives.</summary>
    public static DateOnly ToDay(long number) => DateOnly.FromDayNumber((int)number + EpochDay);

    /// <summary>What <see cref="DayOf"/> gives for a day.</summary>
    public static long ToNumber(DateOnly day) => day.DayNumber - EpochDay;

    /// <summary>A command in a transaction.</summary>
    public DbCommand Command(DbConnection connection, DbTransaction transaction, string sql)
    {
        var command = SqlLedgerReads.Command(connection, sql);
        command.Transaction = transaction;
        command.CommandTimeout = ReadTimeoutSeconds;
        return command;
    }
}
