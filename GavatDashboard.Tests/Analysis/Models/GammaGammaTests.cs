using GavatDashboard.Domain.Analysis.Models;

namespace GavatDashboard.Tests.Analysis.Models;

public sealed class GammaGammaTests
{
    private static readonly Lazy<Cdnow> Sample = new(Cdnow.Read);
    private static readonly Lazy<GammaGamma> Fitted = new(() => ModelFitting.FitGammaGamma(Sample.Value.RepeatValues(), _ => { }));

    [Fact]
    public void Fit_OfTheCdnowSample_IsThePublishedOne()
    {
        var (values, fit) = (Sample.Value.RepeatValues(), Fitted.Value);

        // Fader and Hardie 2013: p = 6.25, q = 3.74, gamma = 15.44 from the 946 customers with a repeat purchase.
        Assert.Equal(946, values.Length);
        Assert.Equal((6.25, 3.74, 15.44), (Math.Round(fit.P, 2), Math.Round(fit.Q, 2), Math.Round(fit.Gamma, 2)));
    }

    [Fact]
    public void ExpectedValue_OfTheCdnowSample_TracksTheHoldout()
    {
        var rows = HoldoutValue.Of(Sample.Value, Fitted.Value);

        // Weeks 40 to 78 were not seen by the fit. Few customers spend very unevenly, so what a few spent says little of the model.
        Assert.Equal(684, rows.Sum(row => row.Customers));
        Assert.All(rows, row => Assert.InRange(row.Expected - row.Observed, -2 * row.StandardError, 2 * row.StandardError));
        Assert.InRange(rows.Sum(row => row.Customers * row.Expected) / rows.Sum(row => row.Customers * row.Observed), 0.94, 1.06);
    }

    [Fact]
    public void ExpectedValue_OfWhoeverCameBack_IsNearerThanTheOwnMeanAndThanThatOfEverybody()
    {
        var customers = Sample.Value.HoldoutValues().Where(customer => customer.Before.Purchases > 0).ToList();
        var everybody = Fitted.Value.PopulationMean!.Value;

        var expected = Error(customer => Fitted.Value.ExpectedValue(customer));

        Assert.True(expected < Error(customer => customer.Mean));
        Assert.True(expected < Error(_ => everybody));

        double Error(Func<PurchaseValue, double> guess) => customers.Average(customer => Math.Abs(guess(customer.Before) - customer.Holdout));
    }

    [Fact]
    public void ExpectedValue_DrawsFewPurchasesTowardsEverybodysMean()
    {
        var model = new GammaGamma(6.25, 3.74, 15.44);
        var mean = model.PopulationMean!.Value;

        Assert.Equal(35.22, Math.Round(mean, 2));
        Assert.InRange(model.ExpectedValue(new(1, 100)), mean, 100);
        Assert.True(model.ExpectedValue(new(20, 100)) > model.ExpectedValue(new(1, 100)));
        Assert.Equal(100, model.ExpectedValue(new(100_000, 100)), 1);
    }

    [Fact]
    public void PopulationMean_WithoutOne_IsAbsent() => Assert.Null(new GammaGamma(6, 1, 15).PopulationMean);
}
