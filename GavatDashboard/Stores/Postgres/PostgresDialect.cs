using System.Data.Common;
using GavatDashboard.Stores.Sql;
using Npgsql;
using NpgsqlTypes;

namespace GavatDashboard.Stores.Postgres;

/// <summary>PostgreSQL's ways: arrays, timestamptz, uuid, date.</summary>
internal sealed class PostgresDialect : SqlDialect
{
    public override string LockHead => "FOR UPDATE";

    // A plan that was made while a table was empty scans the whole of it, and stays in use while the table grows. All that a
    // batch reads and writes it finds by a key.
    public override IReadOnlyList<string> BeforeLoad => ["SET LOCAL enable_seqscan = off"];

    public override string AnyOf(string column, string parameter) => $"{column} = ANY(@{parameter})";

    public override string Like(string column, string parameter) => $"{column} ILIKE @{parameter} ESCAPE '\\'";

    public override void AddTexts(DbCommand command, string name, IReadOnlyCollection<string> values) =>
        Add(command, name, values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);

    public override void AddIds(DbCommand command, string name, IReadOnlyCollection<Guid> values) =>
        Add(command, name, values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);

    public override void AddTime(DbCommand command, string name, DateTimeOffset value) =>
        Add(command, name, value.UtcDateTime, NpgsqlDbType.TimestampTz);

    public override void AddDay(DbCommand command, string name, DateOnly value) =>
        Add(command, name, value, NpgsqlDbType.Date);

    public override void AddId(DbCommand command, string name, Guid value) =>
        Add(command, name, value, NpgsqlDbType.Uuid);

    public override DateTimeOffset GetTime(DbDataReader reader, int ordinal) => new(reader.GetDateTime(ordinal), TimeSpan.Zero);

    public override DateOnly GetDay(DbDataReader reader, int ordinal) => reader.GetFieldValue<DateOnly>(ordinal);

    public override Guid GetId(DbDataReader reader, int ordinal) => reader.GetGuid(ordinal);

    private static void Add(DbCommand command, string name, object value, NpgsqlDbType type) =>
        command.Parameters.Add(new NpgsqlParameter(name, type) { Value = value });
}
