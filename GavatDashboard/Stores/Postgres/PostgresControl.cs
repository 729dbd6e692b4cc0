using System.Data;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Stores.Failover;
using GavatDashboard.Stores.Sql;
using Npgsql;

namespace GavatDashboard.Stores.Postgres;

/// <summary>The coordinator's hold on PostgreSQL. The probe has a connection that nobody else uses, and so has the work of a recovery.</summary>
internal sealed class PostgresControl : IPrimaryControl, IAsyncDisposable
{
    private static readonly PostgresDialect Dialect = new();
    private static readonly SqlHead Head = new(Dialect);
    private readonly NpgsqlDataSource _writers;
    private readonly NpgsqlDataSource _own;
    private readonly TimeProvider _time;
    private readonly string _writersName;
    private readonly string _ownName;
    private readonly string _heartbeatId = $"failover:{Environment.MachineName}";
    private readonly KeptConnection _probe;
    private readonly KeptConnection _worker;

    public PostgresControl(NpgsqlDataSource writers, string connectionString, TimeProvider time)
    {
        _writers = writers;
        _time = time;
        _writersName = new NpgsqlConnectionStringBuilder(writers.ConnectionString).ApplicationName ?? string.Empty;
        _ownName = $"{_writersName} failover";
        _own = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            ApplicationName = _ownName,
            Timeout = 3,
            CommandTimeout = 10,
            // A server that does not answer would not answer the request to cancel either.
            CancellationTimeout = -1,
        });
        _probe = new KeptConnection(_own, TimeSpan.MaxValue, time);
        // The steps of a recovery follow one another; long after them nobody knows whether that server still lives.
        _worker = new KeptConnection(_own, TimeSpan.FromSeconds(2), time);
    }

    public string Name => "PostgreSQL";

    public Task<ControlledHead> ProbeAsync(CancellationToken cancellationToken) =>
        PostgresErrors.GuardAsync(mayHaveHappened: false, () => _probe.UseAsync(connection => ProbeOnceAsync(connection, cancellationToken), cancellationToken));

    public Task<ControlledHead> LookAsync(CancellationToken cancellationToken) =>
        PostgresErrors.GuardAsync(mayHaveHappened: false, () => _probe.UseAsync(connection => Head.ReadAsync(connection, transaction: null, isLocked: false, cancellationToken), cancellationToken));

    public Task<int> EndWritersAsync(bool ofAllInstances, CancellationToken cancellationToken) =>
        PostgresErrors.GuardAsync(mayHaveHappened: false, () => EndWritersOnceAsync(ofAllInstances, cancellationToken));

    public Task<ControlledHead> ChangeReignAsync(Func<ControlledHead, Reign?> decide, CancellationToken cancellationToken) =>
        PostgresErrors.GuardAsync(mayHaveHappened: true, () => _worker.UseAsync(connection => ChangeReignOnceAsync(connection, decide, cancellationToken), cancellationToken));

    public Task WriteAsync(LedgerDelta delta, CancellationToken cancellationToken) =>
        PostgresErrors.GuardAsync(mayHaveHappened: true, () => _worker.UseAsync(connection => WriteOnceAsync(connection, delta, cancellationToken), cancellationToken));

    public void ForgetConnections() => _writers.Clear();

    public async ValueTask DisposeAsync()
    {
        await _probe.DisposeAsync();
        await _worker.DisposeAsync();
        await _own.DisposeAsync();
    }

    private async Task<ControlledHead> ProbeOnceAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Head.BeatAsync(connection, transaction, _heartbeatId, _time.GetUtcNow(), cancellationToken);
        var head = await Head.ReadAsync(connection, transaction, isLocked: true, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return head;
    }

    private async Task<int> EndWritersOnceAsync(bool ofAllInstances, CancellationToken cancellationToken)
    {
        // Only those that have written or locked something: readers go on.
        const string Sql = """
            SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE application_name = ANY($1) AND datname = current_database() AND usename = current_user AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
            """;
        await using var connection = await _own.OpenConnectionAsync(cancellationToken);
        string[] names = ofAllInstances ? [_writersName, _ownName] : [_writersName];
        await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = names } } };
        return (int)(long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<ControlledHead> ChangeReignOnceAsync(NpgsqlConnection connection, Func<ControlledHead, Reign?> decide, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
        var before = await Head.ReadAsync(connection, transaction, isLocked: true, cancellationToken);
        if (decide(before) is { } reign)
        {
            using var step = LedgerTracing.Start(LedgerTracing.Reign);
            await Head.SetAsync(connection, transaction, reign, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        return before;
    }

    private static async Task<int> WriteOnceAsync(NpgsqlConnection connection, LedgerDelta delta, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction);
        PostgresWrites.AddTo(batch, delta, UnseenKeys.None);
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException refused) when (refused.SqlState.StartsWith("23", StringComparison.Ordinal))
        {
            throw new ReplayRefusedException($"PostgreSQL refuses what the fallback acknowledged: {refused.MessageText} ({refused.ConstraintName ?? refused.SqlState})", refused);
        }

        await transaction.CommitAsync(cancellationToken);
        return 0;
    }
}
