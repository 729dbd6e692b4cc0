using System.Data.Common;
using System.Globalization;
using System.Text;

namespace GavatDashboard.Stores.Analysis;

/// <summary>How a column's values are written in either store.</summary>
internal enum ColumnKind
{
    Text,
    Number,
    Flag,
    Time,
    Id,
    Day,
}

/// <summary>A table of the analyzer: its columns, its key, and the column that says which of two rows is newer.</summary>
/// <param name="Name">The table.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="Key">How many of the columns, from the first, make up the key.</param>
/// <param name="Stamp">The column that tells the newer row.</param>
internal sealed record AnalysisTable(string Name, IReadOnlyList<(string Name, ColumnKind Kind)> Columns, int Key, string Stamp)
{
    // SQLite takes 32,766 parameters a statement, PostgreSQL 65,535.
    private const int MostParameters = 8_000;

    public static readonly AnalysisTable Profiles = new("erko_profiles", [("user_id", ColumnKind.Text), ("segment", ColumnKind.Text), ("risk_level", ColumnKind.Text),
        ("score", ColumnKind.Number), ("engagement", ColumnKind.Number), ("document", ColumnKind.Text), ("rule_set_version", ColumnKind.Text), ("analysed_at", ColumnKind.Time),
        ("account_version", ColumnKind.Number), ("risk_points", ColumnKind.Number)], 1, "analysed_at");

    public static readonly AnalysisTable Flags = new("erko_flags", [("user_id", ColumnKind.Text), ("rule", ColumnKind.Text), ("points", ColumnKind.Number),
        ("severity", ColumnKind.Text), ("evidence_hash", ColumnKind.Text), ("evidence", ColumnKind.Text), ("dismissed", ColumnKind.Flag), ("analysed_at", ColumnKind.Time)], 2, "analysed_at");

    public static readonly AnalysisTable Changes = new("erko_changes", [("change_id", ColumnKind.Id), ("user_id", ColumnKind.Text), ("at", ColumnKind.Time),
        ("kind", ColumnKind.Text), ("from_value", ColumnKind.Text), ("to_value", ColumnKind.Text), ("rule", ColumnKind.Text), ("evidence", ColumnKind.Text),
        ("rule_set_version", ColumnKind.Text)], 1, "at");

    public static readonly AnalysisTable Dismissals = new("erko_dismissals", [("user_id", ColumnKind.Text), ("rule", ColumnKind.Text), ("evidence_hash", ColumnKind.Text),
        ("reason", ColumnKind.Text), ("actor", ColumnKind.Text), ("holds", ColumnKind.Flag), ("at", ColumnKind.Time)], 2, "at");

    public static readonly AnalysisTable Alerts = new("erko_alerts", [("alert_id", ColumnKind.Id), ("user_id", ColumnKind.Text), ("risk_level", ColumnKind.Text),
        ("rules", ColumnKind.Text), ("opened_at", ColumnKind.Time), ("state", ColumnKind.Text), ("actor", ColumnKind.Text), ("note", ColumnKind.Text),
        ("changed_at", ColumnKind.Time)], 1, "changed_at");

    public static readonly AnalysisTable RuleSets = new("erko_rule_sets", [("version", ColumnKind.Text), ("document", ColumnKind.Text), ("reason", ColumnKind.Text),
        ("actor", ColumnKind.Text), ("published_at", ColumnKind.Time)], 1, "published_at");

    public static readonly AnalysisTable Fits = new("erko_fits", [("fit_id", ColumnKind.Id), ("document", ColumnKind.Text), ("serves", ColumnKind.Flag),
        ("changed_at", ColumnKind.Time)], 1, "changed_at");

    public static readonly AnalysisTable Batches = new("erko_batches", [("batch_id", ColumnKind.Id), ("kind", ColumnKind.Text), ("state", ColumnKind.Text),
        ("actor", ColumnKind.Text), ("started_at", ColumnKind.Time), ("ended_at", ColumnKind.Time), ("after_user", ColumnKind.Text), ("total", ColumnKind.Number),
        ("done", ColumnKind.Number), ("changed", ColumnKind.Number), ("changed_at", ColumnKind.Time)], 1, "changed_at");

    public static readonly AnalysisTable Devices = new("erko_devices", [("device", ColumnKind.Text), ("user_id", ColumnKind.Text), ("first_at", ColumnKind.Time),
        ("last_at", ColumnKind.Time)], 2, "last_at");

    public static readonly AnalysisTable Days = new("erko_days", [("day", ColumnKind.Day), ("segment", ColumnKind.Text), ("users", ColumnKind.Number),
        ("counted_at", ColumnKind.Time)], 2, "counted_at");

    /// <summary>Tables that either store tells the other of. The flags come with the profiles.</summary>
    public static IReadOnlyList<AnalysisTable> Shared { get; } = [Profiles, Changes, Dismissals, Alerts, RuleSets, Fits, Batches, Devices, Days];

    /// <summary>All columns, for a SELECT.</summary>
    public string ColumnList { get; } = string.Join(", ", Columns.Select(column => column.Name));

    /// <summary>The key's columns, for an ORDER BY.</summary>
    public string KeyList { get; } = string.Join(", ", Columns.Take(Key).Select(column => column.Name));

    /// <summary>The place of a column.</summary>
    public int IndexOf(string column) => Columns.Select(each => each.Name).ToList().IndexOf(column);

    /// <summary>Writes rows in the place of older ones with the same key; newer ones stay.</summary>
    public async Task PutAsync(
        AnalysisDialect dialect, DbConnection connection, DbTransaction transaction, IReadOnlyCollection<object?[]> rows, CancellationToken cancellationToken)
    {
        foreach (var piece in rows.Chunk(MostParameters / Columns.Count))
        {
            await using var command = dialect.Command(connection, transaction, Upsert(piece.Length));
            for (var row = 0; row < piece.Length; row++)
            {
                for (var column = 0; column < Columns.Count; column++)
                {
                    Add(dialect, command, Parameter(row, column), Columns[column].Kind, piece[row][column]);
                }
            }

            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>Reads a row as <see cref="PutAsync"/> takes it.</summary>
    public object?[] Row(AnalysisDialect dialect, DbDataReader reader)
    {
        var row = new object?[Columns.Count];
        for (var i = 0; i < row.Length; i++)
        {
            row[i] = reader.IsDBNull(i) ? null : Columns[i].Kind switch
            {
                ColumnKind.Text => reader.GetString(i),
                ColumnKind.Number => reader.GetInt64(i),
                ColumnKind.Flag => reader.GetBoolean(i),
                ColumnKind.Time => dialect.Sql.GetTime(reader, i),
                ColumnKind.Id => dialect.Sql.GetId(reader, i),
                _ => dialect.Sql.GetDay(reader, i),
            };
        }

        return row;
    }

    /// <summary>Adds a value as its column holds it.</summary>
    public static void Add(AnalysisDialect dialect, DbCommand command, string name, ColumnKind kind, object? value)
    {
        switch (kind)
        {
            case ColumnKind.Time when value is DateTimeOffset time:
                dialect.Sql.AddTime(command, name, time);
                break;
            case ColumnKind.Id when value is Guid id:
                dialect.Sql.AddId(command, name, id);
                break;
            case ColumnKind.Day when value is DateOnly day:
                dialect.Sql.AddDay(command, name, day);
                break;
            default:
                dialect.Sql.Add(command, name, value ?? DBNull.Value);
                break;
        }
    }

    private string Upsert(int rows)
    {
        var sql = new StringBuilder($"INSERT INTO {Name} ({ColumnList}) VALUES ");
        for (var row = 0; row < rows; row++)
        {
            sql.Append(row > 0 ? ",(" : "(");
            for (var column = 0; column < Columns.Count; column++)
            {
                sql.Append(column > 0 ? ",@" : "@").Append(Parameter(row, column));
            }

            sql.Append(')');
        }

        sql.Append(CultureInfo.InvariantCulture, $" ON CONFLICT ({KeyList}) DO UPDATE SET ")
            .AppendJoin(", ", Columns.Skip(Key).Select(column => $"{column.Name} = excluded.{column.Name}"))
            .Append(CultureInfo.InvariantCulture, $" WHERE excluded.{Stamp} >= {Name}.{Stamp}");
        return sql.ToString();
    }

    private static string Parameter(int row, int column) => string.Create(CultureInfo.InvariantCulture, $"p{row}_{column}");
}
