using System.ComponentModel.DataAnnotations;

namespace GavatDashboard.Features.Coins;

/// <summary>Section <c>LedgerWriter</c>.</summary>
public sealed class LedgerWriterOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "LedgerWriter";

    /// <summary>How many operations may wait; a further one is refused at once, 1 to 100,000.</summary>
    [Range(1, 100_000)]
    public int QueueCapacity { get; set; } = 4_096;

    /// <summary>How many operations one transaction takes at most, 1 to 512.</summary>
    [Range(1, 512)]
    public int BatchSize { get; set; } = 512;

    /// <summary>How long a batch may take before its store counts as gone, 1 to 60 seconds.</summary>
    [Range(1, 60)]
    public int BatchTimeoutSeconds { get; set; } = 6;
}
