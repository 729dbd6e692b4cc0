namespace GavatDashboard.Domain.Health;

/// <summary>How often a component was found up within a time.</summary>
/// <param name="Length">The time, up to now.</param>
/// <param name="Up">Probes that found it healthy or degraded.</param>
/// <param name="Probes">All probes.</param>
/// <param name="Known">The minutes of it from which there are probes.</param>
public sealed record Uptime(TimeSpan Length, long Up, long Probes, TimeSpan Known)
{
    /// <summary>The lengths that are told.</summary>
    public static IReadOnlyList<TimeSpan> Lengths { get; } = [TimeSpan.FromHours(24), TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(90)];

    /// <summary>The share in percent with two decimals, cut, so that 100 means all; null without probes.</summary>
    public double? Percent => Probes == 0 ? null : Math.Floor(10_000.0 * Up / Probes) / 100;
}
