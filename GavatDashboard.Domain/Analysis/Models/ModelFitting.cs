namespace GavatDashboard.Domain.Analysis.Models;

/// <summary>Finds the parameters under which what customers did is most likely.</summary>
public static class ModelFitting
{
    // Parameters are positive, so the search is over their logarithms; outside these the likelihood is flat and digits are lost.
    private const double LargestLogarithm = 12;

    /// <summary>Fits the model of repeat buying.</summary>
    /// <param name="customers">At least one customer.</param>
    /// <param name="onRound">Told the number of each round; throws to give up.</param>
    public static BgNbd FitBgNbd(IReadOnlyCollection<PurchaseSummary> customers, Action<int> onRound)
    {
        ArgumentNullException.ThrowIfNull(customers);
        ArgumentOutOfRangeException.ThrowIfZero(customers.Count);
        var rows = customers as PurchaseSummary[] ?? [.. customers];
        var (at, _) = NelderMead.Minimize(point => Cost(point, p => ToBgNbd(p).LogLikelihood(rows)), [0, 1, 0, 0], onRound);
        return ToBgNbd(at);
    }

    /// <summary>Fits the model of what a purchase is worth.</summary>
    /// <param name="customers">At least one customer, each with a mean above 0.</param>
    /// <param name="onRound">Told the number of each round; throws to give up.</param>
    public static GammaGamma FitGammaGamma(IReadOnlyCollection<PurchaseValue> customers, Action<int> onRound)
    {
        ArgumentNullException.ThrowIfNull(customers);
        ArgumentOutOfRangeException.ThrowIfZero(customers.Count);
        var rows = customers as PurchaseValue[] ?? [.. customers];
        var scale = Math.Log(rows.Average(customer => customer.Mean));
        var (at, _) = NelderMead.Minimize(point => Cost(point, p => ToGammaGamma(p).LogLikelihood(rows)), [1, 1, Math.Clamp(scale, 0, LargestLogarithm - 1)], onRound);
        return ToGammaGamma(at);
    }

    private static double Cost(double[] point, Func<double[], double> logLikelihood)
    {
        if (point.Any(logarithm => Math.Abs(logarithm) > LargestLogarithm))
        {
            return double.PositiveInfinity;
        }

        var value = logLikelihood(point);
        return double.IsFinite(value) ? -value : double.PositiveInfinity;
    }

    private static BgNbd ToBgNbd(double[] logarithms) =>
        new(Math.Exp(logarithms[0]), Math.Exp(logarithms[1]), Math.Exp(logarithms[2]), Math.Exp(logarithms[3]));

    private static GammaGamma ToGammaGamma(double[] logarithms) =>
        new(Math.Exp(logarithms[0]), Math.Exp(logarithms[1]), Math.Exp(logarithms[2]));
}
