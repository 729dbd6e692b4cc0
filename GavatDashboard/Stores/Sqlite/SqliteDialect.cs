using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores.Sqlite;

/// <summary>SQLite's ways: lists as JSON, instants as microseconds since 1970, ids and days as text.</summary>
internal sealed class SqliteDialect : SqlDialect
{
    // The transaction itself is the lock: writers begin with BEGIN IMMEDIATE.
    public override string LockHead => string.Empty;

    public override IReadOnlyList<string> BeforeLoad => [];

    public override string AnyOf(string column, string parameter) => $"{column} IN (SELECT value FROM json_each(@{parameter}))";

    public override string Like(string column, string parameter) => $"{column} LIKE @{parameter} ESCAPE '\\'";

    public override void AddTexts(DbCommand command, string name, IReadOnlyCollection<string> values) =>
        Add(command, name, JsonSerializer.Serialize(values));

    public override void AddIds(DbCommand command, string name, IReadOnlyCollection<Guid> values) =>
        Add(command, name, JsonSerializer.Serialize(values.Select(ToText)));

    public override void AddTime(DbCommand command, string name, DateTimeOffset value) =>
        Add(command, name, LedgerTime.ToUnixMicroseconds(value));

    public override void AddDay(DbCommand command, string name, DateOnly value) => Add(command, name, ToText(value));

    public override void AddId(DbCommand command, string name, Guid value) => Add(command, name, ToText(value));

    public override DateTimeOffset GetTime(DbDataReader reader, int ordinal) =>
        LedgerTime.FromUnixMicroseconds(reader.GetInt64(ordinal));

    public override DateOnly GetDay(DbDataReader reader, int ordinal) =>
        DateOnly.ParseExact(reader.GetString(ordinal), "yyyy-MM-dd", CultureInfo.InvariantCulture);

    public override Guid GetId(DbDataReader reader, int ordinal) => Guid.Parse(reader.GetString(ordinal), CultureInfo.InvariantCulture);

    /// <summary>An id as this store holds it.</summary>
    public static string ToText(Guid id) => id.ToString("D", CultureInfo.InvariantCulture);

    /// <summary>A day as this store holds it.</summary>
    public static string ToText(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
