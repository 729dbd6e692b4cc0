namespace GavatDashboard.Stores.Mirror;

/// <summary>
/// The durable sign beside the fallback's file that it holds everything that was acknowledged. It is one byte that is
/// overwritten in place, so that it can be taken away on a full disk too.
/// </summary>
internal sealed class PromotableMarker : IDisposable
{
    private const byte Set = (byte)'1';
    private const byte Clear = (byte)'0';
    private readonly string _path;
    private readonly Lock _gate = new();
    private FileStream? _file;

    /// <param name="databasePath">The fallback's file.</param>
    public PromotableMarker(string databasePath) => _path = databasePath + ".promotable";

    /// <summary>Whether the fallback may be promoted.</summary>
    public bool IsSet
    {
        get
        {
            lock (_gate)
            {
                var file = Open();
                file.Position = 0;
                return file.ReadByte() == Set;
            }
        }
    }

    /// <summary>Sets or takes away the marker; durable when it returns.</summary>
    /// <exception cref="IOException">The marker cannot be written, and what it said before may still stand.</exception>
    public void Write(bool isPromotable)
    {
        lock (_gate)
        {
            var file = Open();
            file.Position = 0;
            file.WriteByte(isPromotable ? Set : Clear);
            file.Flush(flushToDisk: true);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private FileStream Open() =>
        _file ??= new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
}
