using CsCheck;
using GavatDashboard.Domain.Analysis.Models;

namespace GavatDashboard.Tests.Analysis.Models;

public sealed class BgNbdTests
{
    private static readonly BgNbd Published = new(0.243, 4.414, 0.793, 2.426);
    private static readonly Lazy<Cdnow> Sample = new(Cdnow.Read);
    private static readonly Lazy<BgNbd> Fitted = new(() => ModelFitting.FitBgNbd(Sample.Value.Calibration(), _ => { }));

    [Fact]
    public void Fit_OfTheCdnowSample_IsThePublishedOne()
    {
        var fit = Fitted.Value;

        Assert.Equal((0.243, 4.414, 0.793, 2.426), (Math.Round(fit.R, 3), Math.Round(fit.Alpha, 3), Math.Round(fit.A, 3), Math.Round(fit.B, 3)));
        Assert.Equal(-9582.4, Math.Round(fit.LogLikelihood(Sample.Value.Calibration()), 1));
    }

    [Fact]
    public void Calibration_OfTheCdnowSample_IsThePublishedOne()
    {
        var customers = Sample.Value.Calibration();

        Assert.Equal(2_357, customers.Length);
        Assert.Equal(1_411, customers.Count(customer => customer.Repeats == 0));
        Assert.Equal(29, customers.Max(customer => customer.Repeats));
    }

    [Fact]
    public void Fit_OfTheCdnowSample_TracksTheHoldout()
    {
        var (actual, expected) = (Sample.Value.CumulativeRepeats(), Sample.Value.ExpectedCumulativeRepeats(Fitted.Value));

        // Weeks 40 to 78 were not seen by the fit.
        var holdout = Enumerable.Range(Cdnow.CalibrationWeeks, Cdnow.AllWeeks - Cdnow.CalibrationWeeks).ToArray();
        Assert.All(holdout, week => Assert.InRange((expected[week] - actual[week]) / actual[week], -0.05, 0.05));
        Assert.InRange(holdout.Average(week => Math.Abs(expected[week] - actual[week]) / actual[week]), 0, 0.04);
    }

    [Fact]
    public void ExpectedPurchases_OfThePublishedExample_AreThePublishedOnes()
    {
        // Fader, Hardie and Lee's note on the model in a spreadsheet: x = 2, last purchase in week 30.43 of 38.86, the next 39 weeks.
        Assert.Equal(1.226, Math.Round(Published.ExpectedPurchases(new(2, 30.43, 38.86), 39), 3));
    }

    [Fact]
    public void AliveProbability_FallsWithSilenceAndIsOneWithoutARepeat()
    {
        Assert.Equal(1, Published.AliveProbability(new(0, 0, 30)));
        Assert.True(Published.AliveProbability(new(4, 30, 31)) > Published.AliveProbability(new(4, 20, 31)));

        // The more often somebody came, the more the same silence says.
        Assert.True(Published.AliveProbability(new(20, 10, 30)) < Published.AliveProbability(new(2, 10, 30)));
    }

    [Fact]
    public void ExpectedPurchases_OfAnyCustomer_AreFiniteAndGrowWithTime() =>
        Gen.Select(Gen.Int[0, 5_000], Gen.Double[0, 500], Gen.Double[0, 500], Gen.Double[0.05, 5], Gen.Double[0.1, 50], Gen.Double[0.05, 5], Gen.Double[0.05, 20])
            .Sample((repeats, last, more, r, alpha, a, b) =>
            {
                var model = new BgNbd(r, alpha, a, b);
                var customer = new PurchaseSummary(repeats, repeats == 0 ? 0 : last, last + more);
                var (soon, later) = (model.ExpectedPurchases(customer, 4), model.ExpectedPurchases(customer, 12));
                Assert.InRange(soon, 0, 1e7);
                Assert.True(later >= soon - 1e-9);
                Assert.InRange(model.AliveProbability(customer), 0, 1);
            });

    [Fact]
    public void ExpectedRepeats_WhereTheFormulaDividesByZero_IsContinuous()
    {
        var (below, at, above) = (new BgNbd(0.3, 5, 0.9999, 2), new BgNbd(0.3, 5, 1, 2), new BgNbd(0.3, 5, 1.0001, 2));

        Assert.InRange(at.ExpectedRepeats(30), Math.Min(below.ExpectedRepeats(30), above.ExpectedRepeats(30)), Math.Max(below.ExpectedRepeats(30), above.ExpectedRepeats(30)));
    }

    [Fact]
    public void ExpectedPurchases_WhereAllDropOutAlike_IsThatOfNearlyAllAlike()
    {
        // A search that finds no difference between customers ends at its bounds, with a drop-out probability of 2.5 % for everybody.
        var (alike, nearly) = (new BgNbd(9.4, 13.8, 4_151.8, 162_742), new BgNbd(9.4, 13.8, 415.18, 16_274.2));

        foreach (var repeats in new[] { 0, 1, 5, 50 })
        {
            var customer = new PurchaseSummary(repeats, repeats > 0 ? 50 : 0, 52);
            Assert.InRange(alike.ExpectedPurchases(customer, 12) / nearly.ExpectedPurchases(customer, 12), 0.98, 1.02);
        }

        Assert.True(double.IsFinite(alike.ExpectedPurchases(new(1_500, 50, 52), 12)));
    }
}
