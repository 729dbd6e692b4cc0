using System.ComponentModel.DataAnnotations;

namespace GavatDashboard.Stores.Sqlite.Console;

/// <summary>Where the application keeps its own files. Section <c>Data</c>.</summary>
public sealed class DataOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Data";

    /// <summary>The folder; relative to the working directory unless rooted. Created with owner-only permissions.</summary>
    [Required(AllowEmptyStrings = false, ErrorMessage = "Data:Directory must name a folder.")]
    public string Directory { get; set; } = "data";

    /// <summary>The folder as an absolute path.</summary>
    internal string FullPath => Path.GetFullPath(Directory);
}
