using System.Data.Common;

namespace GavatDashboard.Tests.Stores;

/// <summary>Both ledgers have the same tables with the same columns, of kinds that mean the same.</summary>
public sealed class SchemaTests(PostgresUnderTest postgres, SqliteUnderTest sqlite) : IClassFixture<PostgresUnderTest>, IClassFixture<SqliteUnderTest>
{
    [Fact]
    public async Task Schemas_OfBothStores_AreTheSame()
    {
        var primary = await ReadAsync(
            postgres,
            """
            SELECT table_name, column_name, data_type, is_nullable = 'NO' FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name NOT ILIKE 'schemaversions'
            """);
        var fallback = await ReadAsync(
            sqlite,
            """
            SELECT m.name, c.name, lower(c.type), c."notnull" = 1 OR c.pk > 0 FROM sqlite_master m JOIN pragma_table_info(m.name) c
            WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND lower(m.name) <> 'schemaversions'
            """);

        Assert.NotEmpty(primary);
        Assert.Equal(primary, fallback);
    }

    private static async Task<string[]> ReadAsync(LedgerUnderTest under, string sql)
    {
        var columns = await under.Ledger.ReadSnapshotAsync(
            async (connection, transaction) =>
            {
                await using var command = connection.CreateCommand();
                command.Transaction = transaction;
                command.CommandText = sql;
                var list = new List<string>();
                await using var reader = await command.ExecuteReaderAsync();
                while (await reader.ReadAsync())
                {
                    list.Add($"{reader.GetString(0)}.{reader.GetString(1)} {KindOf(reader)} {(reader.GetBoolean(3) ? "not null" : "null")}");
                }

                return list;
            },
            CancellationToken.None);
        return [.. columns.Order(StringComparer.Ordinal)];
    }

    /// <summary>SQLite keeps instants and truth values as numbers, ids and days as text.</summary>
    private static string KindOf(DbDataReader reader) => reader.GetString(2) switch
    {
        "bigint" or "integer" or "boolean" or "timestamp with time zone" => "number",
        "text" or "uuid" or "date" => "text",
        "bytea" or "blob" => "bytes",
        var other => other,
    };
}
