using System.ComponentModel.DataAnnotations;

namespace GavatDashboard.Features.Reconciliation;

/// <summary>How often the stores are compared; section <c>Reconciliation</c>.</summary>
public sealed class ReconciliationOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Reconciliation";

    /// <summary>The pause after each step, in milliseconds: 0 to 60,000. It bounds how much work the comparison is.</summary>
    [Range(0, 60_000)]
    public int StepPauseMs { get; set; } = 100;

    /// <summary>The rest of a check between two passes, in seconds: 1 to 86,400.</summary>
    [Range(1, 86_400)]
    public int RestSeconds { get; set; } = 300;

    /// <summary>How soon a check tries again after a mismatch or an outage, in seconds: 1 to 3,600.</summary>
    [Range(1, 3_600)]
    public int RetrySeconds { get; set; } = 15;

    internal TimeSpan StepPause => TimeSpan.FromMilliseconds(StepPauseMs);

    internal TimeSpan RestBetweenPasses => TimeSpan.FromSeconds(RestSeconds);

    internal TimeSpan RetryAfter => TimeSpan.FromSeconds(RetrySeconds);
}
