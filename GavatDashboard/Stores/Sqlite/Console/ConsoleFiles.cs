namespace GavatDashboard.Stores.Sqlite.Console;

/// <summary>Folders and files that only the owner may read: they hold password hashes and the key ring.</summary>
internal static class ConsoleFiles
{
    private const UnixFileMode OwnerOnlyDirectory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void EnsurePrivateDirectory(string path)
    {
        if (Directory.Exists(path))
        {
            // Somebody else's choice: the folder may hold other things that others must read. The files inside are private.
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnlyDirectory);
        }
    }

    /// <summary>Creates an empty file, or takes other people's rights from an existing one. SQLite gives its -wal and -shm files the same mode.</summary>
    public static void EnsurePrivateFile(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = OwnerOnlyFile };
        using (new FileStream(path, options))
        {
        }

        if (File.GetUnixFileMode(path) != OwnerOnlyFile)
        {
            File.SetUnixFileMode(path, OwnerOnlyFile);
        }
    }
}
