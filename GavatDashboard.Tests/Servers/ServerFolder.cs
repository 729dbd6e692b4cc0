using System.Globalization;

namespace GavatDashboard.Tests.Servers;

/// <summary>A server's private folder under the temporary folder; removed with its content on disposal.</summary>
internal sealed class ServerFolder : IDisposable
{
    private const string Prefix = "gavat-test-";

    private ServerFolder(string path) => Path = path;

    public string Path { get; }

    /// <summary>Makes a folder that belongs to <paramref name="user"/> where the tests run as root.</summary>
    /// <param name="kind">What it is for.</param>
    /// <param name="user">Whose it is.</param>
    /// <param name="under">The folder in which it is made, which that user may enter; null for the temporary folder.</param>
    public static async Task<ServerFolder> CreateAsync(string kind, string? user = null, string? under = null)
    {
        RemoveLeftovers();
        // Made readable for its owner alone, as PostgreSQL demands.
        var path = under is null
            ? Directory.CreateTempSubdirectory(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{kind}-")).FullName
            : Directory.CreateDirectory(System.IO.Path.Combine(under, kind)).FullName;
        if (user is not null && ServerProcess.RunsAsRoot)
        {
            await ServerProcess.RunAsync("/bin/chown", [$"{user}:", path], "/", TimeSpan.FromSeconds(10));
        }

        return new ServerFolder(path);
    }

    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }

    /// <summary>A test process that was killed could not clean up; the next one does it.</summary>
    private static void RemoveLeftovers()
    {
        foreach (var folder in Directory.EnumerateDirectories(System.IO.Path.GetTempPath(), Prefix + "*"))
        {
            var owner = System.IO.Path.GetFileName(folder)[Prefix.Length..].Split('-')[0];
            if (!int.TryParse(owner, out var processId) || NativeSignals.IsAlive(processId))
            {
                continue;
            }

            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Another user's, or another run is removing it at this moment: neither disturbs this run.
                Console.Error.WriteLine($"Left-over test folder {folder} stays: {error.Message}");
            }
        }
    }
}
