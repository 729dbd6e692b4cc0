using GavatDashboard.Domain.Coins;
using LiteDB;
using LiteDB.Engine;

namespace GavatDashboard.Stores.Embedded;

/// <summary>
/// The file of the embedded documents. LiteDB is synchronous and takes one writer at a time, so one piece of work runs after another,
/// and no request's thread waits inside it: reads run on the pool, and what writes, which takes long, on a thread of its own.
/// </summary>
internal sealed partial class LiteDocumentDatabase(string path, TimeProvider time, ILogger<LiteDocumentDatabase> logger, bool isReadOnly = false) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private LiteDatabase? _database;
    private FileStream? _log;
    private bool _disposed;

    private string LogPath => Path.Combine(Path.GetDirectoryName(path)!, $"{Path.GetFileNameWithoutExtension(path)}-log{Path.GetExtension(path)}");

    /// <summary>Does something in its turn. The first one opens the file.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be read or written.</exception>
    public Task<T> DoAsync<T>(Func<ILiteDatabase, T> action, CancellationToken cancellationToken) =>
        DoAsync(action, TaskCreationOptions.DenyChildAttach, cancellationToken);

    /// <summary>Does something in one transaction, which is also what makes many writes quick.</summary>
    public Task<T> TransactAsync<T>(Func<ILiteDatabase, T> action, CancellationToken cancellationToken) => DoAsync(
        database =>
        {
            database.BeginTrans();
            try
            {
                var result = action(database);
                database.Commit();
                return result;
            }
            catch
            {
                database.Rollback();
                throw;
            }
        },
        // Threads of the pool are what answers callers.
        TaskCreationOptions.LongRunning,
        cancellationToken);

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        // A piece of work that runs is waited for: closing the file under it would damage it.
        _turn.Wait();
        Close();
        _turn.Dispose();
    }

    private async Task<T> DoAsync<T>(Func<ILiteDatabase, T> action, TaskCreationOptions options, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await Task.Factory.StartNew(() => action(_database ??= Open()), cancellationToken, options, TaskScheduler.Default);
        }
        catch (Exception failure) when (failure is LiteException or IOException or UnauthorizedAccessException)
        {
            Close();
            throw new StoreUnavailableException(StoreKind.MongoDb, $"The embedded document file '{Path.GetFileName(path)}' fails: {failure.Message}", mayHaveHappened: true, failure);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>After a failure the engine may be unusable for good; the next piece of work opens the file again.</summary>
    private void Close()
    {
        try
        {
            _database?.Dispose();
        }
        catch (Exception failure) when (failure is LiteException or IOException)
        {
            LogNotClosed(failure.Message);
        }
        finally
        {
            _log?.Dispose();
        }

        (_database, _log) = (null, null);
    }

    private LiteDatabase Open()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        try
        {
            return OpenFile();
        }
        catch (LiteException damaged) when (!isReadOnly && File.Exists(path) && damaged.ErrorCode is LiteException.INVALID_DATABASE or LiteException.INVALID_DATAFILE_STATE)
        {
            // It is a copy: it is kept for whoever wants to look at it, and made anew from the ledger.
            var aside = $"{path}.damaged-{time.GetUtcNow():yyyyMMddHHmmss}";
            File.Move(path, aside);
            File.Move(LogPath, $"{aside}-log", overwrite: true);
            LogDamaged(Path.GetFileName(aside), damaged.Message);
            return OpenFile();
        }
    }

    private LiteDatabase OpenFile()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var settings = new EngineSettings
        {
            Filename = path,
            ReadOnly = isReadOnly,
            // By default LiteDB compares texts by culture and without case, and would take the users 'Ada' and 'ada' for one.
            Collation = Collation.Binary,
        };
        if (!isReadOnly)
        {
            settings.LogStream = _log = OpenLog();
        }

        LiteDatabase database;
        try
        {
            database = new LiteDatabase(new LiteEngine(settings));
        }
        catch
        {
            _log?.Dispose();
            _log = null;
            throw;
        }

        database.UtcDate = true;
        return database;
    }

    /// <summary>
    /// Opened by itself, LiteDB syncs its log to the disk whenever it has no page left to write, many times in one transaction, and the
    /// ledger's own commits wait behind that. Of a stream that it is given it asks no more than to be written. The documents are synced
    /// when the log is taken into the file. What a power failure takes of the log, mark included, is copied once more; a file that it
    /// damages is made anew.
    /// </summary>
    private FileStream OpenLog() => new(LogPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);

    [LoggerMessage(2102, LogLevel.Warning, "The embedded document file did not close well: {Failure}")]
    private partial void LogNotClosed(string failure);

    [LoggerMessage(2101, LogLevel.Error, "The embedded document file was damaged and is kept as {File}; the copy is made anew from the ledger. {Failure}")]
    private partial void LogDamaged(string file, string failure);
}
