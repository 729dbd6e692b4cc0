using GavatDashboard.Domain.Analysis.Models;

namespace GavatDashboard.Tests.Analysis.Models;

/// <summary>What customers spent on a purchase in the holdout, beside what a model expected of them, by how often they had come back before.</summary>
/// <param name="Repeats">Repeat purchases of the calibration; the last row is of as many or more.</param>
/// <param name="Customers">Customers who bought in the holdout.</param>
/// <param name="Expected">The mean of what was expected of them.</param>
/// <param name="Observed">The mean of what they spent on a purchase.</param>
/// <param name="StandardError">How far chance alone takes that mean from the truth.</param>
internal sealed record HoldoutValue(int Repeats, int Customers, double Expected, double Observed, double StandardError)
{
    /// <summary>From how many repeat purchases on customers are counted together.</summary>
    public const int Most = 7;

    public static IReadOnlyList<HoldoutValue> Of(Cdnow sample, GammaGamma model) =>
    [
        .. sample.HoldoutValues().GroupBy(customer => Math.Min(customer.Before.Purchases, Most)).OrderBy(group => group.Key).Select(group =>
        {
            var observed = group.Average(customer => customer.Holdout);
            var variance = group.Sum(customer => Math.Pow(customer.Holdout - observed, 2)) / (group.Count() - 1);
            return new HoldoutValue(group.Key, group.Count(), group.Average(customer => model.ExpectedValue(customer.Before)), observed, Math.Sqrt(variance / group.Count()));
        }),
    ];
}
