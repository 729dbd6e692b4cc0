using System.Security.Cryptography;
using Npgsql;

namespace GavatDashboard.Stores.Postgres;

/// <summary>The table of instances, on a connection of its own: an exhausted pool is no silence.</summary>
internal sealed class PostgresInstances : IInstanceRegistry, IAsyncDisposable
{
    private const int SecretBytes = 32;
    private readonly NpgsqlDataSource _own;

    public PostgresInstances(NpgsqlDataSource writers, string connectionString) => _own = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
    {
        MinPoolSize = 0,
        MaxPoolSize = 1,
        ApplicationName = $"{new NpgsqlConnectionStringBuilder(writers.ConnectionString).ApplicationName} instances",
        Timeout = 3,
        CommandTimeout = 3,
        CancellationTimeout = -1,
    });

    public bool IsShared => true;

    public Task<IReadOnlyList<RegisteredInstance>> BeatAsync(InstanceCard card, CancellationToken cancellationToken) =>
        PostgresErrors.GuardAsync(mayHaveHappened: true, () => BeatOnceAsync(card, cancellationToken));

    public Task<byte[]> ReadSecretAsync(CancellationToken cancellationToken) => PostgresErrors.GuardAsync(mayHaveHappened: true, async () =>
    {
        await using var connection = await _own.OpenConnectionAsync(cancellationToken);
        await using var make = new NpgsqlCommand("INSERT INTO instance_secret (id, secret, created_at) VALUES (1, $1, clock_timestamp()) ON CONFLICT (id) DO NOTHING", connection);
        make.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = RandomNumberGenerator.GetBytes(SecretBytes) });
        await make.ExecuteNonQueryAsync(cancellationToken);
        await using var read = new NpgsqlCommand("SELECT secret FROM instance_secret WHERE id = 1", connection);
        return (byte[])(await read.ExecuteScalarAsync(cancellationToken))!;
    });

    public Task LeaveAsync(string instance, CancellationToken cancellationToken) => PostgresErrors.GuardAsync(mayHaveHappened: true, async () =>
    {
        await using var connection = await _own.OpenConnectionAsync(cancellationToken);
        await using var leave = new NpgsqlCommand("DELETE FROM ledger_instances WHERE instance = $1", connection) { Parameters = { Text(instance) } };
        return await leave.ExecuteNonQueryAsync(cancellationToken);
    });

    public ValueTask DisposeAsync() => _own.DisposeAsync();

    private async Task<IReadOnlyList<RegisteredInstance>> BeatOnceAsync(InstanceCard card, CancellationToken cancellationToken)
    {
        // The owner's row stays for as long as it owns the ledger: whoever has to take it over shall see how long it has been silent.
        const string Forget = """
            DELETE FROM ledger_instances i
            WHERE heard_at < clock_timestamp() - interval '1 day' AND instance <> $1 AND NOT EXISTS (SELECT 1 FROM ledger_head h WHERE h.owner = i.instance)
            """;
        const string Beat = """
            INSERT INTO ledger_instances (instance, address, role, started_at, heard_at) VALUES ($1, $2, $3, $4, clock_timestamp())
            ON CONFLICT (instance) DO UPDATE SET address = excluded.address, role = excluded.role, started_at = excluded.started_at, heard_at = excluded.heard_at
            """;
        const string All = """
            SELECT instance, address, role, started_at, CAST(extract(epoch FROM clock_timestamp() - heard_at) AS double precision) FROM ledger_instances ORDER BY started_at, instance
            """;
        await using var connection = await _own.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(Beat)
                {
                    Parameters = { Text(card.Instance), Text(card.Address), Text(card.Role), new NpgsqlParameter<DateTime> { TypedValue = card.StartedAt.UtcDateTime } },
                },
                new NpgsqlBatchCommand(Forget) { Parameters = { Text(card.Instance) } },
                new NpgsqlBatchCommand(All),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var found = new List<RegisteredInstance>();
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(new RegisteredInstance(
                new InstanceCard(reader.GetString(0), reader.GetString(1), reader.GetString(2), new DateTimeOffset(reader.GetDateTime(3), TimeSpan.Zero)),
                TimeSpan.FromSeconds(Math.Max(0, reader.GetDouble(4)))));
        }

        return found;
    }

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value };
}
