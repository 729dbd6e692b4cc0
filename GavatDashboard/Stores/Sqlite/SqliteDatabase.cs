using GavatDashboard.Domain.Coins;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Sqlite;

/// <summary>A SQLite file in WAL mode that survives power loss: one writer at a time, any number of readers.</summary>
internal sealed class SqliteDatabase : IAsyncDisposable
{
    private readonly SemaphoreSlim _writers = new(1, 1);
    private readonly string _connectionString;
    private string? _simulatedFault;

    /// <summary>Names the file; it is made when it is first opened.</summary>
    /// <param name="path">The file's path, or a whole connection string.</param>
    public SqliteDatabase(string path)
    {
        var settings = path.Contains('=', StringComparison.Ordinal) ? new SqliteConnectionStringBuilder(path) : new() { DataSource = path };
        settings.Pooling = true;
        settings.ForeignKeys = true;
        settings.DefaultTimeout = 5;
        Path = System.IO.Path.GetFullPath(settings.DataSource);
        settings.DataSource = Path;
        _connectionString = settings.ConnectionString;
    }

    /// <summary>The file's full path.</summary>
    public string Path { get; }

    /// <summary>Why the file shall be taken for gone, as a rehearsal of its outage; null where it is there.</summary>
    public string? SimulatedFault
    {
        get => Volatile.Read(ref _simulatedFault);
        set => Volatile.Write(ref _simulatedFault, value);
    }

    /// <summary>The connection string, for tools that open the file themselves.</summary>
    public string ConnectionString => _connectionString;

    /// <summary>Opens a connection; in WAL mode it reads beside a writer.</summary>
    public async Task<SqliteConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (SimulatedFault is { } fault)
        {
            throw new StoreUnavailableException(StoreKind.Sqlite, fault);
        }

        var connection = new SqliteConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var pragmas = connection.CreateCommand();
            // FULL: with NORMAL a power cut may take commits that were acknowledged. The journal limit keeps the WAL from staying large.
            pragmas.CommandText =
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16000;";
            await pragmas.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until no other writer of this process is at work; SQLite's own lock keeps other processes out.</summary>
    public async Task<IDisposable> EnterWriterAsync(CancellationToken cancellationToken)
    {
        await _writers.WaitAsync(cancellationToken);
        return new Turn(_writers);
    }

    /// <summary>Closes pooled connections, so that the file can be moved or deleted.</summary>
    public ValueTask DisposeAsync()
    {
        using (var connection = new SqliteConnection(_connectionString))
        {
            SqliteConnection.ClearPool(connection);
        }

        _writers.Dispose();
        return ValueTask.CompletedTask;
    }

    private sealed class Turn(SemaphoreSlim writers) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                writers.Release();
            }
        }
    }
}
