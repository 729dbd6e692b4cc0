using GavatDashboard.Domain.Coins;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Sqlite;

/// <summary>A SQLite file in WAL mode that survives power loss: one writer at a time, any number of readers.</summary>
internal sealed class SqliteDatabase : IAsyncDisposable
{
    // FULL: with NORMAL a power cut may take commits that were acknowledged. The journal limit keeps the WAL from staying large. It is copied
    // back in large pieces, whoever commits: a page that changed often is copied once, and a small write does not wait for many others.
    private const string Pragmas =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16000; "
        + "PRAGMA wal_autocheckpoint = 8000;";

    // Who writes much keeps the indexes at hand.
    private const string KeptPragmas = "PRAGMA cache_size = -65536;";

    // Who only reads takes the file as it is.
    private const string ReadersPragmas = "PRAGMA busy_timeout = 5000; PRAGMA cache_size = -16000;";

    private readonly SemaphoreSlim _writers = new(1, 1);
    private readonly string _connectionString;
    private readonly string _pragmas;
    private SqliteWriter? _writer;
    private string? _simulatedFault;

    /// <summary>Names the file; it is made when it is first opened.</summary>
    /// <param name="path">The file's path, or a whole connection string.</param>
    /// <param name="maxPages">How many pages it may have; 0 for as many as fit on the disk.</param>
    public SqliteDatabase(string path, int maxPages = 0)
    {
        MaxPages = maxPages;
        var settings = path.Contains('=', StringComparison.Ordinal) ? new SqliteConnectionStringBuilder(path) : new() { DataSource = path };
        settings.Pooling = true;
        settings.ForeignKeys = true;
        settings.DefaultTimeout = 5;
        Path = System.IO.Path.GetFullPath(settings.DataSource);
        settings.DataSource = Path;
        _connectionString = settings.ConnectionString;
        _pragmas = settings.Mode == SqliteOpenMode.ReadOnly ? ReadersPragmas
            : maxPages == 0 ? Pragmas
            : FormattableString.Invariant($"{Pragmas} PRAGMA max_page_count = {maxPages};");
    }

    /// <summary>The file's full path.</summary>
    public string Path { get; }

    /// <summary>How many pages it may have; 0 for as many as fit on the disk.</summary>
    public int MaxPages { get; }

    /// <summary>The connection string, for tools that open the file themselves.</summary>
    public string ConnectionString => _connectionString;

    /// <summary>Why the file shall be taken for gone, as a rehearsal of its outage; null where it is there.</summary>
    public string? SimulatedFault
    {
        get => Volatile.Read(ref _simulatedFault);
        set => Volatile.Write(ref _simulatedFault, value);
    }

    /// <summary>Opens a connection; in WAL mode it reads beside a writer.</summary>
    public async Task<SqliteConnection> OpenAsync(CancellationToken cancellationToken)
    {
        RehearseOutage();
        var connection = new SqliteConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var pragmas = connection.CreateCommand();
            pragmas.CommandText = _pragmas;
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
    public async Task<SqliteTurn> EnterWriterAsync(CancellationToken cancellationToken)
    {
        await _writers.WaitAsync(cancellationToken);
        return new SqliteTurn(this);
    }

    /// <summary>As <see cref="EnterWriterAsync"/>, on a thread that may wait.</summary>
    public SqliteTurn EnterWriter()
    {
        _writers.Wait();
        return new SqliteTurn(this);
    }

    /// <summary>Copies back what can be copied of the WAL now, beside readers and writers, so that no commit has to do it soon.</summary>
    public async Task CheckpointAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(PASSIVE)";
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Closes all connections, so that the file can be moved or deleted.</summary>
    public ValueTask DisposeAsync()
    {
        Discard();
        using (var connection = new SqliteConnection(_connectionString))
        {
            SqliteConnection.ClearPool(connection);
        }

        _writers.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The connection that writers use one after another, opened anew where there is none.</summary>
    internal SqliteWriter Writer()
    {
        RehearseOutage();
        return _writer ??= new SqliteWriter(Open());
    }

    /// <summary>Closes the writers' connection: after a failure nobody knows what state it is in.</summary>
    internal void Discard()
    {
        _writer?.Dispose();
        _writer = null;
    }

    internal void Leave() => _writers.Release();

    private void RehearseOutage()
    {
        if (SimulatedFault is { } fault)
        {
            throw new StoreUnavailableException(StoreKind.Sqlite, fault);
        }
    }

    /// <summary>Opens a connection that its owner keeps: closing it ends whatever it was in the middle of. On a thread that may wait.</summary>
    public SqliteConnection Open()
    {
        RehearseOutage();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder(_connectionString) { Pooling = false }.ConnectionString);
        try
        {
            connection.Open();
            using var pragmas = connection.CreateCommand();
            pragmas.CommandText = _pragmas + KeptPragmas;
            pragmas.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}

/// <summary>A writer's turn on a file. Ending it lets the next one in.</summary>
internal sealed class SqliteTurn(SqliteDatabase database) : IDisposable
{
    private int _ended;

    /// <summary>The connection that every writer of the file uses in turn, with the statements that were prepared on it.</summary>
    public SqliteWriter Writer => database.Writer();

    /// <summary>To be said after a failure: the next writer gets a new connection.</summary>
    public void Discard() => database.Discard();

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            database.Leave();
        }
    }
}

/// <summary>A kept connection with the statements that write a batch.</summary>
internal sealed class SqliteWriter(SqliteConnection connection) : IDisposable
{
    public SqliteConnection Connection => connection;

    public SqliteWrites Writes { get; } = new(connection);

    public void Dispose()
    {
        Writes.Dispose();
        connection.Dispose();
    }
}
