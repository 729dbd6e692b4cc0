using System.Buffers;

namespace GavatDashboard.Features.Imports;

/// <summary>Keeps a file on disk from its arrival to the end of its import, so that neither is bound by memory.</summary>
internal sealed class ImportSpool(string directory)
{
    private const string Extension = ".upload";

    /// <summary>Copies a file in, counting its lines.</summary>
    /// <param name="id">The import it belongs to.</param>
    /// <param name="content">The file's content.</param>
    /// <param name="maxBytes">The largest file.</param>
    /// <param name="cancellationToken">Gives up; nothing is left behind.</param>
    /// <returns>The file, or null where it is larger than allowed.</returns>
    public async Task<SpooledFile?> KeepAsync(string id, Stream content, long maxBytes, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, id + Extension);
        var lines = new LineCount();
        long bytes = 0;
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            await using (var file = new FileStream(path, CreateOptions()))
            {
                int read;
                while (bytes <= maxBytes && (read = await content.ReadAsync(buffer, cancellationToken)) > 0)
                {
                    bytes += read;
                    lines.Add(buffer.AsSpan(0, read));
                    await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                }
            }
        }
        catch
        {
            Drop(path);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (bytes <= maxBytes)
        {
            return new SpooledFile(path, bytes, lines.Total);
        }

        Drop(path);
        return null;
    }

    /// <summary>Removes a file.</summary>
    public static void Drop(string path) => File.Delete(path);

    /// <summary>Removes what a process that has ended left behind.</summary>
    public void DropAll()
    {
        if (Directory.Exists(directory))
        {
            foreach (var path in Directory.EnumerateFiles(directory, "*" + Extension))
            {
                Drop(path);
            }
        }
    }

    private static FileStreamOptions CreateOptions()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
        {
            // Purchases of people: nobody else's business.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    /// <summary>Counts lines that are not blank, as the parsers will see them.</summary>
    private struct LineCount
    {
        private static readonly SearchValues<byte> Blank = SearchValues.Create("\uFEFF \t\r"u8);
        private long _ended;
        private bool _hasText;

        public readonly long Total => _ended + (_hasText ? 1 : 0);

        public void Add(ReadOnlySpan<byte> bytes)
        {
            while (bytes.Length > 0)
            {
                var end = bytes.IndexOf((byte)'\n');
                var line = end < 0 ? bytes : bytes[..end];
                _hasText = _hasText || line.ContainsAnyExcept(Blank);
                if (end < 0)
                {
                    return;
                }

                _ended += _hasText ? 1 : 0;
                _hasText = false;
                bytes = bytes[(end + 1)..];
            }
        }
    }
}

/// <summary>A file that was kept.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Lines">Its lines, blank ones left out.</param>
internal sealed record SpooledFile(string Path, long Bytes, long Lines);
