using System.Globalization;

namespace GavatDashboard.Domain.Health;

/// <summary>What the components come to together.</summary>
/// <param name="Status">The whole: unhealthy where coins cannot be moved or nothing is healthy, degraded where anything else is amiss.</param>
/// <param name="Healthy">How many components are healthy.</param>
/// <param name="Total">How many components there are.</param>
public sealed record HealthRollup(ComponentStatus Status, int Healthy, int Total)
{
    /// <summary>The share of healthy components in whole percent; 100 only where all of them are.</summary>
    public int Percent => Total == 0 ? 0 : Healthy == Total ? 100 : Math.Min(99, (int)Math.Round(100.0 * Healthy / Total));

    /// <summary>The headline, such as "7/7, 100 %".</summary>
    public string Headline => string.Create(CultureInfo.InvariantCulture, $"{Healthy}/{Total}, {Percent} %");

    /// <summary>Rolls components up.</summary>
    /// <param name="components">Each component's id and status.</param>
    public static HealthRollup Of(IEnumerable<(string ComponentId, ComponentStatus Status)> components)
    {
        int total = 0, healthy = 0, unknown = 0;
        var coinsMove = true;
        foreach (var (id, status) in components)
        {
            total++;
            healthy += status == ComponentStatus.Healthy ? 1 : 0;
            unknown += status == ComponentStatus.Unknown ? 1 : 0;
            coinsMove &= id != ComponentIds.CoinService || status != ComponentStatus.Unhealthy;
        }

        var overall = total == unknown ? ComponentStatus.Unknown
            : healthy == total ? ComponentStatus.Healthy
            : !coinsMove || healthy == 0 && unknown == 0 ? ComponentStatus.Unhealthy
            : ComponentStatus.Degraded;
        return new HealthRollup(overall, healthy, total);
    }
}

/// <summary>Comparing statuses and writing them in contracts.</summary>
public static class ComponentStatuses
{
    /// <summary>The status in lower case, as contracts spell it.</summary>
    public static string ToContract(this ComponentStatus status) => status switch
    {
        ComponentStatus.Unknown => "unknown",
        ComponentStatus.Healthy => "healthy",
        ComponentStatus.Degraded => "degraded",
        ComponentStatus.Unhealthy => "unhealthy",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "There is no such status."),
    };

    /// <summary>The worse of two: unhealthy, degraded, unknown, healthy, from the worst.</summary>
    public static ComponentStatus WorseOf(ComponentStatus left, ComponentStatus right) => Badness(left) >= Badness(right) ? left : right;

    private static int Badness(ComponentStatus status) => status switch
    {
        ComponentStatus.Healthy => 0,
        ComponentStatus.Unknown => 1,
        ComponentStatus.Degraded => 2,
        _ => 3,
    };
}
