namespace GavatDashboard.Tests.Servers;

/// <summary>The source folder that the tests were built from.</summary>
internal static class SourceTree
{
    /// <summary>The folder of the solution file.</summary>
    /// <exception cref="InvalidOperationException">The tests run outside of a source folder.</exception>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "GavatDashboard.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No GavatDashboard.sln above {AppContext.BaseDirectory}; run the tests from a source folder.");
    }
}
