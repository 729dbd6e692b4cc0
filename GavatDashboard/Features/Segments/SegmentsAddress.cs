using GavatDashboard.Domain.Analysis;

namespace GavatDashboard.Features.Segments;

/// <summary>What the segments page shows; it lives in the address, so that a view can be sent to a colleague.</summary>
/// <param name="Days">How far back movement is told.</param>
/// <param name="Alerts">The state of the alerts that are listed; null for all that are not resolved.</param>
/// <param name="Segment">The segment whose members are listed, or null.</param>
/// <param name="After">The last user of the page of members before; empty for the first one.</param>
internal sealed record SegmentsAddress(int Days, AlertState? Alerts, Segment? Segment, string After)
{
    /// <summary>The choices of how far back movement is told.</summary>
    public static IReadOnlyList<int> Periods { get; } = [7, 30, 90, 365];

    /// <summary>Reads it; what makes no sense counts as not given.</summary>
    public static SegmentsAddress Read(int? days, string? alerts, string? segment, string? after) => new(
        days is { } known && Periods.Contains(known) ? known : 30,
        Enum.TryParse<AlertState>(alerts, ignoreCase: true, out var state) && Enum.IsDefined(state) ? state : null,
        AnalysisCodes.FindSegment(segment),
        after ?? string.Empty);

    /// <summary>The address.</summary>
    public override string ToString()
    {
        var parts = new List<string>();
        if (Days != 30)
        {
            parts.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"days={Days}"));
        }

        if (Alerts is { } alerts)
        {
            parts.Add($"alerts={alerts.ToString().ToLowerInvariant()}");
        }

        if (Segment is { } segment)
        {
            parts.Add($"segment={segment.ToCode()}");
            if (After.Length > 0)
            {
                parts.Add($"after={Uri.EscapeDataString(After)}");
            }
        }

        return parts.Count == 0 ? "/segments" : $"/segments?{string.Join('&', parts)}";
    }
}
