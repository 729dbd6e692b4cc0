using GavatDashboard.Domain.Analysis.Models;

namespace GavatDashboard.Tests.Analysis.Models;

public sealed class GammaGammaTests
{
    [Fact]
    public void Fit_OfTheCdnowSample_IsThePublishedOne()
    {
        var values = Cdnow.Read().RepeatValues();
        var fit = ModelFitting.FitGammaGamma(values, _ => { });

        // Fader and Hardie 2013: p = 6.25, q = 3.74, gamma = 15.44 from the 946 customers with a repeat purchase.
        Assert.Equal(946, values.Length);
        Assert.Equal((6.25, 3.74, 15.44), (Math.Round(fit.P, 2), Math.Round(fit.Q, 2), Math.Round(fit.Gamma, 2)));
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
