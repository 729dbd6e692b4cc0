using GavatDashboard.Domain.Analysis;

namespace GavatDashboard.Tests.Analysis;

/// <summary>Fits for tests.</summary>
internal static class Fits
{
    /// <summary>The published fit to the CDNOW sample.</summary>
    public static PopulationFit Cdnow { get; } = new()
    {
        Id = Guid.Parse("0197198a-1f00-7c2e-9a53-0b8f4f1f2a11"),
        FittedAt = HistoryBuilder.Now,
        Customers = 2_357,
        Buying = new(0.243, 4.414, 0.793, 2.426),
        Value = new(6.25, 3.74, 15.44),
        Rfm = new([-60, -30, -10, -2], [1, 3, 8, 20], [0, 50, 200, 1_000]),
    };
}
