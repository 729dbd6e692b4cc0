using System.Globalization;
using GavatDashboard.Tests.Servers;

namespace GavatDashboard.Tests.Faults.Harness;

/// <summary>A disk of a few megabytes in memory, which can be filled. Only root may make one, and not in every container.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private SmallDisk(string path) => Path = path;

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    private string Ballast => System.IO.Path.Combine(Path, "ballast");

    /// <summary>Mounts one, or tells why that is not possible here.</summary>
    public static async Task<(SmallDisk? Disk, string Why)> TryMountAsync(string path, int megabytes)
    {
        Directory.CreateDirectory(path);
        try
        {
            await ServerProcess.RunAsync(
                "/bin/mount", ["-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m"), "tmpfs", path], "/", Timeout);
            return (new SmallDisk(path), "");
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return (null, $"no disk can be mounted here, so a full one was not tried: {exception.Message}");
        }
    }

    /// <summary>Leaves not a byte free.</summary>
    public void Fill()
    {
        try
        {
            using var ballast = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
            var page = new byte[4_096];
            while (true)
            {
                ballast.Write(page);
            }
        }
        catch (IOException)
        {
            // Full, which was wanted.
        }
    }

    /// <summary>Gives the space back.</summary>
    public void Free() => File.Delete(Ballast);

    public async ValueTask DisposeAsync() => await ServerProcess.RunAsync("/bin/umount", ["-l", Path], "/", Timeout);
}
