using System.Globalization;
using System.Text;
using GavatDashboard.Domain.Health;

namespace GavatDashboard.Shared.Charts;

/// <summary>Samples as SVG paths. A failed probe breaks the line and is marked at the foot.</summary>
/// <param name="Lines">Unbroken stretches.</param>
/// <param name="Area">The area below them, or null.</param>
/// <param name="Failures">Where probes failed, as x positions.</param>
/// <param name="Target">The height of the target line, or null where it is out of the picture.</param>
internal sealed record SparklineShape(IReadOnlyList<string> Lines, string? Area, IReadOnlyList<string> Failures, string? Target)
{
    /// <summary>Nothing to draw.</summary>
    public static SparklineShape Empty { get; } = new([], null, [], null);

    /// <summary>Lays samples out by time; the scale reaches from zero to the greatest of them.</summary>
    public static SparklineShape Of(IReadOnlyList<LatencyPoint> points, double? targetMs, double width, double height)
    {
        if (points.Count == 0)
        {
            return Empty;
        }

        var peak = Math.Max(points.Max(point => point.LatencyMs ?? 0), 0.01) * 1.12;
        var start = points[0].At;
        var length = Math.Max((points[^1].At - start).TotalMilliseconds, 1);
        double X(LatencyPoint point) => points.Count == 1 ? width : (point.At - start).TotalMilliseconds / length * width;
        double Y(double milliseconds) => height - 1 - (milliseconds / peak * (height - 2));

        var lines = new List<string>();
        var failures = new List<string>();
        var line = new StringBuilder();
        var area = new StringBuilder();
        double lineStart = 0, x = 0;
        void EndLine()
        {
            if (line.Length > 0)
            {
                lines.Add(line.ToString());
                area.Append(line).Append('L').Append(Text(x)).Append(' ').Append(Text(height)).Append('L').Append(Text(lineStart)).Append(' ').Append(Text(height)).Append('Z');
                line.Clear();
            }
        }

        foreach (var point in points)
        {
            if (point.LatencyMs is not { } latencyMs)
            {
                EndLine();
                failures.Add(Text(Math.Clamp(X(point), 1, width - 1)));
                continue;
            }

            x = X(point);
            lineStart = line.Length == 0 ? x : lineStart;
            line.Append(line.Length == 0 ? 'M' : 'L').Append(Text(x)).Append(' ').Append(Text(Y(latencyMs)));
        }

        EndLine();
        return new SparklineShape(lines, area.Length > 0 ? area.ToString() : null, failures, targetMs < peak ? Text(Y(targetMs.Value)) : null);
    }

    private static string Text(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
