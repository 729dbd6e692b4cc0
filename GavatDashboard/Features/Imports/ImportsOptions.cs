using System.ComponentModel.DataAnnotations;

namespace GavatDashboard.Features.Imports;

/// <summary>Bounds of the import of history. Section <c>Imports</c>.</summary>
public sealed class ImportsOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Imports";

    /// <summary>The largest file, in bytes; 1 byte to 4 GB.</summary>
    [Range(1, 4L * 1024 * 1024 * 1024, ErrorMessage = "Imports:MaxFileBytes must lie between 1 and 4294967296.")]
    public long MaxFileBytes { get; set; } = 100L * 1024 * 1024;

    /// <summary>The longest line that is read, in bytes.</summary>
    [Range(256, 1024 * 1024, ErrorMessage = "Imports:MaxLineBytes must lie between 256 and 1048576.")]
    public int MaxLineBytes { get; set; } = 8192;

    /// <summary>The most imports that wait behind the one that runs.</summary>
    [Range(1, 1000, ErrorMessage = "Imports:QueueLimit must lie between 1 and 1000.")]
    public int QueueLimit { get; set; } = 8;

    /// <summary>The most users whose entries are on their way to the ledger at once.</summary>
    [Range(1, 1024, ErrorMessage = "Imports:UsersInFlight must lie between 1 and 1024.")]
    public int UsersInFlight { get; set; } = 192;

    /// <summary>The most rejected lines that are kept with their reasons; all are counted.</summary>
    [Range(0, 1_000_000, ErrorMessage = "Imports:RejectedKept must lie between 0 and 1000000.")]
    public int RejectedKept { get; set; } = 10_000;

    /// <summary>How long an import waits for a ledger that takes no writes before it fails, in seconds.</summary>
    [Range(1, 3600, ErrorMessage = "Imports:OutagePatienceSeconds must lie between 1 and 3600.")]
    public int OutagePatienceSeconds { get; set; } = 120;
}
