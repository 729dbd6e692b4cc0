using static GavatDashboard.Domain.Analysis.Models.SpecialFunctions;

namespace GavatDashboard.Domain.Analysis.Models;

/// <summary>
/// The BG/NBD model of repeat buying (Fader, Hardie and Lee 2005): while alive, a customer buys at random at a rate of her own, and
/// after each purchase may drop out for good with a probability of her own. Rates differ between customers by a gamma, drop-out
/// probabilities by a beta distribution.
/// </summary>
/// <param name="R">The shape of the rates.</param>
/// <param name="Alpha">The scale of the rates, in weeks.</param>
/// <param name="A">The first shape of the drop-out probabilities.</param>
/// <param name="B">The second shape of the drop-out probabilities.</param>
public sealed record BgNbd(double R, double Alpha, double A, double B)
{
    // The formulas divide by a - 1; so near to it that the limit is met to six digits.
    private double SafeA => Math.Abs(A - 1) < 1e-6 ? 1 + 1e-6 : A;

    /// <summary>The probability that a customer has not dropped out. It is 1 without a repeat purchase: only a purchase can be the last.</summary>
    public double AliveProbability(PurchaseSummary customer) => 1 / (1 + DropOutOdds(customer));

    /// <summary>Purchases that a customer of whom nothing is known makes after the first, in a number of weeks.</summary>
    public double ExpectedRepeats(double weeks) => Expected(0, weeks / (Alpha + weeks));

    /// <summary>Purchases that a customer makes in the next weeks.</summary>
    public double ExpectedPurchases(PurchaseSummary customer, double nextWeeks) =>
        Expected(customer.Repeats, nextWeeks / (Alpha + customer.Weeks + nextWeeks)) / (1 + DropOutOdds(customer));

    /// <summary>The logarithm of the likelihood of what customers did.</summary>
    /// <param name="customers">What they did.</param>
    public double LogLikelihood(IReadOnlyCollection<PurchaseSummary> customers)
    {
        ArgumentNullException.ThrowIfNull(customers);

        // Two of the factors hang on the number of purchases alone: few different numbers, however many customers.
        var most = customers.Count == 0 ? 0 : customers.Max(customer => customer.Repeats);
        var byRepeats = new double[most + 1];
        for (var x = 0; x <= most; x++)
        {
            byRepeats[x] = LogGamma(R + x) - LogGamma(R) + (R * Math.Log(Alpha)) + LogBeta(A, B + x) - LogBeta(A, B);
        }

        return customers.Sum(customer => byRepeats[customer.Repeats] - ((R + customer.Repeats) * Math.Log(Alpha + customer.Weeks)) + Log1P(DropOutOdds(customer)));
    }

    private static double Log1P(double x) => x < 1e-8 ? x : Math.Log(1 + x);

    private double DropOutOdds(PurchaseSummary customer) => customer.Repeats == 0
        ? 0
        : A / (B + customer.Repeats - 1) * Math.Exp((R + customer.Repeats) * Math.Log((Alpha + customer.Weeks) / (Alpha + customer.LastWeek)));

    /// <summary>
    /// The published expectation, whose hypergeometric function grows with the purchases, or Euler's transformation of it, which grows with
    /// A: whichever is smaller, so that neither many purchases nor customers who are all alike overflow.
    /// </summary>
    private double Expected(int repeats, double z)
    {
        var a = SafeA;
        var c = a + B + repeats - 1;
        var left = a - 1 <= R + repeats
            ? Math.Pow(1 - z, a - 1) * Hypergeometric(a + B - 1 - R, a - 1, c, z)
            : Math.Pow(1 - z, R + repeats) * Hypergeometric(R + repeats, B + repeats, c, z);
        return c / (a - 1) * (1 - left);
    }
}
