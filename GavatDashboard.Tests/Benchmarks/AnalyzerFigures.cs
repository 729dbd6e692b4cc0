using System.Globalization;
using System.Text;
using GavatDashboard.Domain.Analysis.Models;
using GavatDashboard.Tests.Analysis;
using GavatDashboard.Tests.Analysis.Models;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>Computes the figures of docs/analyzer.md: the fit to the CDNOW sample with its chart, and how well planted fraud is found.</summary>
internal static class AnalyzerFigures
{
    private const int Width = 720;
    private const int Height = 360;
    private const int Margin = 48;

    public static async Task RunAsync(TextWriter output)
    {
        var sample = Cdnow.Read();
        var calibration = sample.Calibration();
        var fit = ModelFitting.FitBgNbd(calibration, _ => { });
        var value = ModelFitting.FitGammaGamma(sample.RepeatValues(), _ => { });
        var (actual, expected) = (sample.CumulativeRepeats(), sample.ExpectedCumulativeRepeats(fit));
        await WriteAsync(output, $"r = {fit.R:F3}, alpha = {fit.Alpha:F3}, a = {fit.A:F3}, b = {fit.B:F3}, log-likelihood {fit.LogLikelihood(calibration):F1}");
        await WriteAsync(output, $"p = {value.P:F2}, q = {value.Q:F2}, gamma = {value.Gamma:F2}");
        for (var week = 5; week < Cdnow.AllWeeks; week += 6)
        {
            await WriteAsync(output, $"| {week + 1} | {actual[week]:N0} | {expected[week]:N0} | {100 * (expected[week] - actual[week]) / actual[week]:F1} % |");
        }

        foreach (var row in HoldoutValue.Of(sample, value))
        {
            var repeats = row.Repeats == HoldoutValue.Most ? $"{row.Repeats} or more" : $"{row.Repeats}";
            await WriteAsync(output, $"| {repeats} | {row.Customers} | {row.Expected:F2} | {row.Observed:F2} | {row.StandardError:F2} | {100 * (row.Expected - row.Observed) / row.Observed:F1} % |");
        }

        var folder = Environment.GetEnvironmentVariable("ROOT") is { Length: > 0 } root ? Path.Combine(root, "docs") : ".";
        var chart = Path.Combine(folder, "cdnow-tracking.svg");
        await File.WriteAllTextAsync(chart, Chart(actual, expected));
        await WriteAsync(output, $"wrote {chart}");
        var fraud = FraudFigures.Measure(seed: 20260529);
        await WriteAsync(output, $"fraud: precision {fraud.Precision:F3}, recall {fraud.Recall:F3} ({fraud.TruePositives} found, {fraud.FalseNegatives} missed, {fraud.FalsePositives} of {SyntheticCommunity.Honest} honest users accused)");
        foreach (var (kind, found) in fraud.ByKind)
        {
            await WriteAsync(output, $"| {kind} | {found} of {SyntheticCommunity.EachFraud} |");
        }
    }

    private static string Chart(IReadOnlyList<int> actual, IReadOnlyList<double> expected)
    {
        var top = Math.Max(actual.Max(), expected.Max());
        var svg = new StringBuilder(FormattableString.Invariant(
            $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="12"><rect width="{Width}" height="{Height}" fill="#fff"/>"""));
        for (var step = 0; step <= 5; step++)
        {
            var coins = Math.Round(top / 5 * step);
            svg.Append(FormattableString.Invariant($"""<line x1="{Margin}" x2="{Width - 12}" y1="{Y(coins, top):F1}" y2="{Y(coins, top):F1}" stroke="#ddd"/><text x="{Margin - 6}" y="{Y(coins, top) + 4:F1}" text-anchor="end">{coins:F0}</text>"""));
        }

        for (var week = 13; week <= Cdnow.AllWeeks; week += 13)
        {
            svg.Append(FormattableString.Invariant($"""<text x="{X(week):F1}" y="{Height - 24}" text-anchor="middle">{week}</text>"""));
        }

        svg.Append(FormattableString.Invariant($"""<line x1="{X(39):F1}" x2="{X(39):F1}" y1="12" y2="{Height - Margin}" stroke="#999" stroke-dasharray="4"/><text x="{X(39) + 6:F1}" y="24">holdout</text>"""));
        svg.Append(Line(actual.Select(value => (double)value), top, "#1f5fa8", string.Empty)).Append(Line(expected, top, "#c2410c", " stroke-dasharray=\"6 3\""));
        svg.Append(FormattableString.Invariant($"""<text x="{Margin + 8}" y="24" fill="#1f5fa8">actual</text><text x="{Margin + 56}" y="24" fill="#c2410c">BG/NBD, fitted to weeks 1-39</text><text x="{Width / 2}" y="{Height - 6}" text-anchor="middle">week; cumulative repeat purchases</text></svg>"""));
        return svg.Append('\n').ToString();
    }

    private static string Line(IEnumerable<double> values, double top, string colour, string style) =>
        $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{style} points=\"{string.Join(' ', values.Select((value, week) => FormattableString.Invariant($"{X(week + 1):F1},{Y(value, top):F1}")))}\"/>";

    private static double X(int week) => Margin + ((Width - 12.0 - Margin) * week / Cdnow.AllWeeks);

    private static double Y(double value, double top) => Height - Margin - ((Height - Margin - 12.0) * value / top);

    private static Task WriteAsync(TextWriter output, FormattableString line) => output.WriteLineAsync(line.ToString(CultureInfo.InvariantCulture));
}
