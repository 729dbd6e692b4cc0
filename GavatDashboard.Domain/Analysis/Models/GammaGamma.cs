using static GavatDashboard.Domain.Analysis.Models.SpecialFunctions;

namespace GavatDashboard.Domain.Analysis.Models;

/// <summary>
/// The Gamma-Gamma model of what a purchase is worth (Fader and Hardie 2013): a customer's purchases vary around a mean of her own, and
/// the means differ between customers. It draws the mean of few purchases towards that of everybody.
/// </summary>
/// <param name="P">The shape of a customer's purchases.</param>
/// <param name="Q">The shape of the means.</param>
/// <param name="Gamma">The scale of the means, in coins.</param>
public sealed record GammaGamma(double P, double Q, double Gamma)
{
    /// <summary>The mean of everybody; it exists for a shape above 1.</summary>
    public double? PopulationMean => Q > 1 ? P * Gamma / (Q - 1) : null;

    /// <summary>What a customer's next purchase is worth, in coins.</summary>
    public double ExpectedValue(PurchaseValue customer) =>
        P * (Gamma + (customer.Purchases * customer.Mean)) / ((P * customer.Purchases) + Q - 1);

    /// <summary>The logarithm of the likelihood of what customers paid.</summary>
    public double LogLikelihood(IReadOnlyCollection<PurchaseValue> customers)
    {
        ArgumentNullException.ThrowIfNull(customers);
        var shape = -LogGamma(Q) + (Q * Math.Log(Gamma));
        return customers.Sum(customer =>
        {
            var px = P * customer.Purchases;
            return LogGamma(px + Q) - LogGamma(px) + shape + ((px - 1) * Math.Log(customer.Mean)) + (px * Math.Log(customer.Purchases))
                - ((px + Q) * Math.Log(Gamma + (customer.Purchases * customer.Mean)));
        });
    }
}
