using GavatDashboard.Stores.Sql;
using Npgsql;

namespace GavatDashboard.Stores.Postgres;

/// <summary>A connection that is kept for writing batches, set up for it. For one batch at a time.</summary>
internal sealed class WriterConnection(NpgsqlDataSource source) : IAsyncDisposable
{
    /// <summary>
    /// A plan that was made while a table was empty scans the whole of it, and stays in use while the table grows. All that a batch
    /// reads and writes it finds by a key, so the one good plan is known beforehand. A batch that was made ready holds rows and not the
    /// head: it yields before whoever holds the head can wait for it in vain, and where its process stands still it is taken back.
    /// </summary>
    private const string Settings =
        """
        SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan;
        SET lock_timeout = 500; SET idle_in_transaction_session_timeout = 3000
        """;

    /// <summary>The driver has no name for it.</summary>
    private const string IdleInTransactionSessionTimeout = "25P03";

    private NpgsqlConnection? _connection;
    private int _generation;
    private bool _isInTransaction;

    /// <summary>Sends statements that are one transaction, in one round trip.</summary>
    /// <param name="generation">A connection of an earlier generation is not used.</param>
    /// <param name="add">Adds the statements.</param>
    /// <param name="cancellationToken">Gives up waiting; it then happened wholly or not at all.</param>
    public async Task WriteAsync(int generation, Action<NpgsqlBatch> add, CancellationToken cancellationToken)
    {
        await OpenAsync(generation, cancellationToken);
        await SendAsync(mayHaveHappened: true, add, cancellationToken);
    }

    /// <summary>Begins a transaction with some statements, in one round trip.</summary>
    public async Task BeginAsync(int generation, Action<NpgsqlBatch> add, CancellationToken cancellationToken)
    {
        await OpenAsync(generation, cancellationToken);
        _isInTransaction = true;
        await SendAsync(
            mayHaveHappened: false,
            batch =>
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
                add(batch);
            },
            cancellationToken);
    }

    /// <summary>Ends the transaction with some statements, in one round trip.</summary>
    public async Task CommitAsync(Action<NpgsqlBatch> add, CancellationToken cancellationToken)
    {
        await SendAsync(
            mayHaveHappened: true,
            batch =>
            {
                add(batch);
                batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
            },
            cancellationToken);
        _isInTransaction = false;
    }

    /// <summary>Takes back what is open, and gives the connection back as the pool knows it. One that broke is thrown away by the pool.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_connection is not { } connection)
        {
            return;
        }

        _connection = null;
        var end = _isInTransaction ? "ROLLBACK; RESET ALL" : "RESET ALL";
        _isInTransaction = false;
        try
        {
            if (connection.FullState == System.Data.ConnectionState.Open)
            {
                await using var reset = new NpgsqlCommand(end, connection);
                await reset.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
        catch (Exception failure) when (PostgresErrors.IsOutage(failure))
        {
            // It breaks with that, and a broken one never goes back to the pool: the goal is reached.
        }
        finally
        {
            await connection.DisposeAsync();
        }
    }

    private async Task OpenAsync(int generation, CancellationToken cancellationToken)
    {
        if (generation == _generation && _connection is { FullState: System.Data.ConnectionState.Open })
        {
            return;
        }

        await DisposeAsync();
        _connection = await PostgresErrors.GuardAsync(mayHaveHappened: false, () => ConnectAsync(cancellationToken));
        _generation = generation;
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var settings = new NpgsqlCommand(Settings, connection);
            await settings.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task SendAsync(bool mayHaveHappened, Action<NpgsqlBatch> add, CancellationToken cancellationToken)
    {
        try
        {
            await PostgresErrors.GuardAsync(mayHaveHappened, async () =>
            {
                await using var batch = new NpgsqlBatch(_connection);
                add(batch);
                return await batch.ExecuteNonQueryAsync(cancellationToken);
            });
        }
        catch (Exception failure)
        {
            // Whatever it was, the next batch begins on a connection that it knows.
            await DisposeAsync();
            if (failure is PostgresException refusal && IsRefusal(refusal.SqlState))
            {
                throw new LedgerConflictException(refusal);
            }

            throw;
        }
    }

    /// <summary>
    /// Whether the server says that what was decided does not hold, or that somebody else is in the way, or that the transaction was taken
    /// back while it stood still: nothing is written, and it has to be decided anew.
    /// </summary>
    private static bool IsRefusal(string state) =>
        state.StartsWith("23", StringComparison.Ordinal)
        || state is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected or IdleInTransactionSessionTimeout;
}
