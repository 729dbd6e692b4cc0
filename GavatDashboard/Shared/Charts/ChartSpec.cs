namespace GavatDashboard.Shared.Charts;

/// <summary>What a time chart shows; the shape that <c>js/charts.js</c> reads.</summary>
/// <param name="Series">The lines. The same ones in the same order for the life of a chart.</param>
/// <param name="From">The left edge, in milliseconds since 1970 (UTC).</param>
/// <param name="To">The right edge, in milliseconds since 1970 (UTC).</param>
public sealed record ChartSpec(IReadOnlyList<ChartSeries> Series, long From, long To)
{
    /// <summary>The language in which figures and times are written.</summary>
    public required string Locale { get; init; }

    /// <summary>The unit after each figure, or null.</summary>
    public string? Unit { get; init; }

    /// <summary>The height, in pixels.</summary>
    public int Height { get; init; } = 300;

    /// <summary>The lowest value of the axis, or null for what fits.</summary>
    public double? Min { get; init; }

    /// <summary>Whether times need their day.</summary>
    public bool IsLong { get; init; }

    /// <summary>Whether figures are counts, without fractions.</summary>
    public bool WholeNumbers { get; init; }

    /// <summary>Lines across the chart.</summary>
    public IReadOnlyList<ChartTarget> Targets { get; init; } = [];

    /// <summary>The words in an empty chart.</summary>
    public string NoData { get; init; } = "";
}

/// <summary>One line of a chart.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Color">The custom property that holds its colour, such as <c>--chart-1</c>.</param>
/// <param name="Points">Pairs of milliseconds since 1970 (UTC) and value; a null value breaks the line.</param>
/// <param name="Width">Its width, in pixels.</param>
/// <param name="Dash">The length of its dashes in pixels; 0 for an unbroken line.</param>
public sealed record ChartSeries(string Name, string Color, IReadOnlyList<double?[]> Points, double Width = 2, int Dash = 0);

/// <summary>A line across a chart.</summary>
/// <param name="Value">At which value.</param>
/// <param name="Label">Its words.</param>
public sealed record ChartTarget(double Value, string Label);
