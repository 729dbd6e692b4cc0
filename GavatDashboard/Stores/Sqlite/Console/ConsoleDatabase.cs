using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Stores.Sqlite.Console;

/// <summary>
/// The file <c>console.db</c>: accounts, API keys, audit chain and key ring. It stands apart from the ledger so that an admin can
/// sign in whatever happens to the other stores. Migrated at first use.
/// </summary>
internal sealed class ConsoleDatabase : IConsoleUnitOfWork, IDisposable
{
    private const int BusyTimeoutSeconds = 10;
    private readonly ILogger<ConsoleDatabase> _logger;
    private readonly string _directory;
    private readonly string _connectionString;
    private readonly Lock _migrationLock = new();
    private readonly SemaphoreSlim _writers = new(1, 1);
    private readonly AsyncLocal<ConsoleSql?> _ambient = new();
    private volatile bool _isReady;

    public ConsoleDatabase(IOptions<DataOptions> options, ILogger<ConsoleDatabase> logger)
    {
        _logger = logger;
        _directory = options.Value.FullPath;
        FilePath = Path.Combine(_directory, "console.db");
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = FilePath,
            Mode = SqliteOpenMode.ReadWriteCreate,
            ForeignKeys = true,
            Pooling = true,
            DefaultTimeout = BusyTimeoutSeconds,
        }.ToString();
    }

    public string FilePath { get; }

    /// <summary>Runs a read; inside a unit of work it sees that work's own changes.</summary>
    public async Task<T> ReadAsync<T>(Func<ConsoleSql, Task<T>> read, CancellationToken ct)
    {
        if (_ambient.Value is { } current)
        {
            return await read(current);
        }

        await using var connection = await OpenAsync(ct);
        return await read(new ConsoleSql(connection, null, ct));
    }

    /// <summary>Runs a write in a transaction of its own, or in the unit of work around it.</summary>
    public Task<T> WriteAsync<T>(Func<ConsoleSql, Task<T>> write, CancellationToken ct) =>
        _ambient.Value is { } current ? write(current) : InTransactionAsync(write, static _ => true, ct);

    public Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, Func<T, bool> commitWhen, CancellationToken ct) =>
        _ambient.Value is not null
            ? work(ct)
            : InTransactionAsync(
                async sql =>
                {
                    // Set here, below the caller in the asynchronous flow, so that it ends with the work.
                    _ambient.Value = sql;
                    return await work(ct);
                },
                commitWhen,
                ct);

    /// <summary>Holds the lock that keeps other processes out while the schema or the first accounts are made.</summary>
    public ConsoleFileLock AcquireProcessLock()
    {
        ConsoleFiles.EnsurePrivateDirectory(_directory);
        return ConsoleFileLock.Acquire(FilePath + ".lock", TimeSpan.FromSeconds(30));
    }

    /// <summary>Creates and migrates the file when that has not happened yet. Safe from several threads and processes.</summary>
    public void EnsureReady()
    {
        if (_isReady)
        {
            return;
        }

        lock (_migrationLock)
        {
            if (_isReady)
            {
                return;
            }

            using (AcquireProcessLock())
            {
                ConsoleFiles.EnsurePrivateFile(FilePath);
                ConsoleMigrations.Run(_connectionString, _logger);
            }

            _isReady = true;
        }
    }

    public void Dispose()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
        _writers.Dispose();
    }

    private async Task<SqliteConnection> OpenAsync(CancellationToken ct)
    {
        EnsureReady();
        var connection = new SqliteConnection(_connectionString);
        try
        {
            await connection.OpenAsync(ct);
            await using var pragmas = connection.CreateCommand();
            pragmas.CommandText = "PRAGMA synchronous = FULL; PRAGMA busy_timeout = 10000;";
            await pragmas.ExecuteNonQueryAsync(ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task<T> InTransactionAsync<T>(Func<ConsoleSql, Task<T>> work, Func<T, bool> commitWhen, CancellationToken ct)
    {
        // SQLite lets one writer in at a time; waiting here is fair and costs nothing, waiting in the engine polls.
        await _writers.WaitAsync(ct);
        try
        {
            await using var connection = await OpenAsync(ct);
            await using var transaction = connection.BeginTransaction(deferred: false);
            var result = await work(new ConsoleSql(connection, transaction, ct));
            if (commitWhen(result))
            {
                await transaction.CommitAsync(ct);
            }

            return result;
        }
        finally
        {
            _writers.Release();
        }
    }
}
