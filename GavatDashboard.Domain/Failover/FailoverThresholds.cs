namespace GavatDashboard.Domain.Failover;

/// <summary>When the machine moves by itself.</summary>
public sealed record FailoverThresholds
{
    /// <summary>Failed probes in a row that make an outage.</summary>
    public int ProbesToFailOver { get; init; } = 3;

    /// <summary>The least time between the first and the last of them.</summary>
    public TimeSpan SuspectFor { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Good probes in a row before the primary is taken back.</summary>
    public int ProbesToRecover { get; init; } = 5;

    /// <summary>The least time between the first and the last of them.</summary>
    public TimeSpan GoodFor { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The least stay on the fallback; each flap doubles it.</summary>
    public TimeSpan MinimumStay { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The longest that it grows to. A primary that held so long was no flap.</summary>
    public TimeSpan LongestStay { get; init; } = TimeSpan.FromMinutes(5);
}
