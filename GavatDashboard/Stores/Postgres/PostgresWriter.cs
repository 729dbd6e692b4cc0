using System.Collections.Concurrent;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;
using Npgsql;

namespace GavatDashboard.Stores.Postgres;

/// <summary>
/// Writes batches on two connections of its own that take turns. A batch with none before it on its way takes one round trip. One that
/// follows another is made ready meanwhile on the other connection, all but the rows that the first one changes too; once that is
/// committed, those rows, the head and the commit take one round trip.
/// </summary>
internal sealed class PostgresWriter(NpgsqlDataSource source) : IAsyncDisposable
{
    private const int Connections = 2;
    private readonly SemaphoreSlim _free = new(Connections, Connections);
    private readonly ConcurrentStack<WriterConnection> _connections = new(Enumerable.Range(0, Connections).Select(_ => new WriterConnection(source)));
    private volatile int _generation;

    /// <summary>
    /// The next batch begins on a new connection: whoever has to take the ledger's lock may have found another server since the last one.
    /// </summary>
    public void Renew() => Interlocked.Increment(ref _generation);

    /// <inheritdoc cref="ILedgerStorage.WriteAsync" />
    public async Task WriteAsync(LedgerDelta delta, UnseenKeys keys, CancellationToken cancellationToken)
    {
        var connection = await TakeAsync(cancellationToken);
        try
        {
            await connection.WriteAsync(_generation, batch => PostgresWrites.AddTo(batch, delta, keys), cancellationToken);
        }
        finally
        {
            Put(connection);
        }
    }

    /// <inheritdoc cref="ILedgerStorage.PrepareAsync" />
    public async Task<IPreparedWrite?> PrepareAsync(LedgerDelta delta, UnseenKeys keys, LedgerDelta ahead, CancellationToken cancellationToken)
    {
        if (delta.Policy is not null || HeldRows.SharesKeys(keys, ahead))
        {
            return null;
        }

        var (free, held) = HeldRows.Part(delta, ahead);
        var connection = await TakeAsync(cancellationToken);
        try
        {
            await connection.BeginAsync(
                _generation,
                batch =>
                {
                    PostgresWrites.AddNewRows(batch, delta, keys);
                    PostgresWrites.AddChangedRows(batch, free);
                },
                cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // Nothing is written. If the server cannot be used, the whole batch will say so when its turn comes.
            Put(connection);
            return null;
        }
        catch
        {
            Put(connection);
            throw;
        }

        return new Prepared(this, connection, delta, held);
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < Connections; i++)
        {
            await using var connection = await TakeAsync(CancellationToken.None);
        }

        _free.Dispose();
    }

    private async Task<WriterConnection> TakeAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        return _connections.TryPop(out var connection) ? connection : throw new InvalidOperationException("A connection was given back without its turn.");
    }

    private void Put(WriterConnection connection)
    {
        _connections.Push(connection);
        _free.Release();
    }

    /// <summary>Takes back what is open. The connection is free again after it.</summary>
    private async Task TakeBackAsync(WriterConnection connection)
    {
        try
        {
            await connection.DisposeAsync();
        }
        finally
        {
            Put(connection);
        }
    }

    private sealed class Prepared(PostgresWriter writer, WriterConnection connection, LedgerDelta delta, LedgerDelta held) : IPreparedWrite
    {
        private bool _isOver;

        public async Task CommitAsync(CancellationToken cancellationToken)
        {
            _isOver = true;
            try
            {
                await connection.CommitAsync(
                    batch =>
                    {
                        PostgresWrites.AddHead(batch, delta);
                        PostgresWrites.AddChangedRows(batch, held);
                    },
                    cancellationToken);
            }
            finally
            {
                writer.Put(connection);
            }
        }

        public ValueTask DisposeAsync()
        {
            if (!_isOver)
            {
                // Not waited for: it is certain that nothing is written, and a server that stands still would keep the callers waiting.
                _isOver = true;
                _ = writer.TakeBackAsync(connection);
            }

            return ValueTask.CompletedTask;
        }
    }
}
