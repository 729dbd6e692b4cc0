namespace GavatDashboard.Stores.Sqlite.Console;

/// <summary>A lock between processes: an exclusively opened file, freed by the operating system when the process ends.</summary>
internal sealed class ConsoleFileLock : IDisposable
{
    private readonly FileStream _stream;

    private ConsoleFileLock(FileStream stream) => _stream = stream;

    /// <summary>Waits for the lock.</summary>
    /// <exception cref="TimeoutException">Another process held it all the time.</exception>
    public static ConsoleFileLock Acquire(string path, TimeSpan timeout)
    {
        var started = Environment.TickCount64;
        while (true)
        {
            try
            {
                // Inside: opening the file to set its rights fails too while another process holds it.
                ConsoleFiles.EnsurePrivateFile(path);
                return new ConsoleFileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException problem) when (problem is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
            {
                if (Environment.TickCount64 - started > timeout.TotalMilliseconds)
                {
                    throw new TimeoutException($"Another process holds {path} for more than {timeout.TotalSeconds:0} s.", problem);
                }

                Thread.Sleep(20);
            }
        }
    }

    public void Dispose() => _stream.Dispose();
}
