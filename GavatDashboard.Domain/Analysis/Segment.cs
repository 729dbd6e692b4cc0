namespace GavatDashboard.Domain.Analysis;

/// <summary>What kind of customer a user is, by what the user did.</summary>
public enum Segment
{
    /// <summary>Spends very much.</summary>
    Whale,

    /// <summary>Has the community's privileges, or spends much and comes often.</summary>
    Vip,

    /// <summary>Comes nearly every day, or spends more and more.</summary>
    Hot,

    /// <summary>Is here, and nothing stands out.</summary>
    Regular,

    /// <summary>Registered a short time ago.</summary>
    Newbie,

    /// <summary>Has not been seen for a while.</summary>
    Cold,

    /// <summary>Has not been seen for very long, or never.</summary>
    Ghost,

    /// <summary>Only collects coins, and shows signs of abuse.</summary>
    Fake,
}

/// <summary>How much a user's behaviour looks like abuse. High spending alone is none.</summary>
public enum RiskLevel
{
    /// <summary>Nothing, or a single weak sign.</summary>
    Low,

    /// <summary>Worth a look.</summary>
    Medium,

    /// <summary>Somebody should look soon.</summary>
    High,

    /// <summary>Somebody should look now.</summary>
    Critical,
}

/// <summary>The codes of segments and risk levels in the API and the stores.</summary>
public static class AnalysisCodes
{
    /// <summary>Every segment, in the order in which people are shown them.</summary>
    public static IReadOnlyList<Segment> Segments { get; } = Enum.GetValues<Segment>();

    /// <summary>The code, such as <c>whale</c>.</summary>
    public static string ToCode(this Segment segment) => segment.ToString().ToLowerInvariant();

    /// <summary>The code, such as <c>critical</c>.</summary>
    public static string ToCode(this RiskLevel level) => level.ToString().ToLowerInvariant();

    /// <summary>The segment with a code, or null.</summary>
    public static Segment? FindSegment(string? code) => Find<Segment>(code);

    /// <summary>The risk level with a code, or null.</summary>
    public static RiskLevel? FindRiskLevel(string? code) => Find<RiskLevel>(code);

    private static T? Find<T>(string? code)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(value.ToString(), code, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        return null;
    }
}
