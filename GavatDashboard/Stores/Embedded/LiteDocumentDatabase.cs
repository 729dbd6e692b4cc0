using GavatDashboard.Domain.Coins;
using LiteDB;

namespace GavatDashboard.Stores.Embedded;

/// <summary>
/// The file of the embedded documents. LiteDB is synchronous and takes one writer at a time, so everything runs on the pool,
/// one piece of work after another, and no request's thread waits inside it.
/// </summary>
internal sealed partial class LiteDocumentDatabase(string path, TimeProvider time, ILogger<LiteDocumentDatabase> logger, bool isReadOnly = false) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private LiteDatabase? _database;
    private bool _disposed;

    /// <summary>Does something in its turn. The first one opens the file.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be read or written.</exception>
    public async Task<T> DoAsync<T>(Func<ILiteDatabase, T> action, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => action(_database ??= Open()), cancellationToken);
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

        _database = null;
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
            LogDamaged(Path.GetFileName(aside), damaged.Message);
            return OpenFile();
        }
    }

    private LiteDatabase OpenFile()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var database = new LiteDatabase(new ConnectionString
        {
            Filename = path,
            Connection = ConnectionType.Direct,
            ReadOnly = isReadOnly,
            // By default LiteDB compares texts by culture and without case, and would take the users 'Ada' and 'ada' for one.
            Collation = Collation.Binary,
        });
        database.UtcDate = true;
        return database;
    }

    [LoggerMessage(2102, LogLevel.Warning, "The embedded document file did not close well: {Failure}")]
    private partial void LogNotClosed(string failure);

    [LoggerMessage(2101, LogLevel.Error, "The embedded document file was damaged and is kept as {File}; the copy is made anew from the ledger. {Failure}")]
    private partial void LogDamaged(string file, string failure);
}
