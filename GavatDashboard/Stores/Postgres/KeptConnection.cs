using Npgsql;

namespace GavatDashboard.Stores.Postgres;

/// <summary>One connection that is kept open between uses: opening one costs several round trips. Where two come at once, one opens its own.</summary>
/// <param name="source">Where connections come from.</param>
/// <param name="idleAtMost">How long an unused one is trusted: its server may be gone.</param>
/// <param name="time">The clock.</param>
internal sealed class KeptConnection(NpgsqlDataSource source, TimeSpan idleAtMost, TimeProvider time) : IAsyncDisposable
{
    private Idle? _idle;

    /// <summary>Uses the connection; one that failed is not kept.</summary>
    public async Task<T> UseAsync<T>(Func<NpgsqlConnection, Task<T>> use, CancellationToken cancellationToken)
    {
        var connection = await TakeAsync() ?? await source.OpenConnectionAsync(cancellationToken);
        try
        {
            var result = await use(connection);
            await PutAsync(new Idle(connection, time.GetTimestamp()));
            return result;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await PutAsync(null);

    private async Task<NpgsqlConnection?> TakeAsync()
    {
        if (Interlocked.Exchange(ref _idle, null) is not { } idle)
        {
            return null;
        }

        if (time.GetElapsedTime(idle.Since) <= idleAtMost)
        {
            return idle.Connection;
        }

        await idle.Connection.DisposeAsync();
        return null;
    }

    private async Task PutAsync(Idle? idle)
    {
        if (Interlocked.Exchange(ref _idle, idle) is { } other)
        {
            await other.Connection.DisposeAsync();
        }
    }

    private sealed record Idle(NpgsqlConnection Connection, long Since);
}
