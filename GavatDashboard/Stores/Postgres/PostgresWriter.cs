using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;
using Npgsql;

namespace GavatDashboard.Stores.Postgres;

/// <summary>
/// Writes batches on a connection of its own, each in one round trip: statements that are sent together are one transaction, which ends
/// with the last of them.
/// </summary>
internal sealed class PostgresWriter(NpgsqlDataSource source) : IAsyncDisposable
{
    /// <summary>
    /// A plan that was made while a table was empty scans the whole of it, and stays in use while the table grows. All that a batch
    /// reads and writes it finds by a key, so the one good plan is known beforehand.
    /// </summary>
    private const string Settings = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan";

    private readonly SemaphoreSlim _turn = new(1, 1);
    private NpgsqlConnection? _connection;
    private volatile bool _isStale;

    /// <summary>
    /// The next batch begins on a new connection: whoever has to take the ledger's lock may have found another server since the last one.
    /// </summary>
    public void Renew() => _isStale = true;

    /// <inheritdoc cref="ILedgerStorage.WriteAsync" />
    public async Task WriteAsync(LedgerDelta delta, UnseenKeys keys, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var connection = await PostgresErrors.GuardAsync(mayHaveHappened: false, () => OpenAsync(cancellationToken));
            await PostgresErrors.GuardAsync(mayHaveHappened: true, async () =>
            {
                await using var batch = new NpgsqlBatch(connection);
                PostgresWrites.AddTo(batch, delta, keys);
                return await batch.ExecuteNonQueryAsync(cancellationToken);
            });
        }
        catch (PostgresException refusal) when (refusal.SqlState.StartsWith("23", StringComparison.Ordinal))
        {
            throw new LedgerConflictException(refusal);
        }
        catch
        {
            // Whatever it was, the next batch begins on a connection that it knows.
            await CloseAsync();
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _turn.Dispose();
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (!_isStale && _connection is { FullState: System.Data.ConnectionState.Open } open)
        {
            return open;
        }

        await CloseAsync();
        var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var settings = new NpgsqlCommand(Settings, connection);
            await settings.ExecuteNonQueryAsync(cancellationToken);
            _isStale = false;
            return _connection = connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives the connection back as the pool knows it. One that broke is thrown away by the pool.</summary>
    private async Task CloseAsync()
    {
        if (_connection is not { } connection)
        {
            return;
        }

        _connection = null;
        try
        {
            if (connection.FullState == System.Data.ConnectionState.Open)
            {
                await using var reset = new NpgsqlCommand("RESET ALL", connection);
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
}
