using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Analysis.Models;
using GavatDashboard.Tests.Analysis.Models;

namespace GavatDashboard.Tests.Analysis;

/// <summary>A fit is judged by weeks that it has not seen. The CDNOW sample up to week 51, of which the last 12 are held out.</summary>
public sealed class HoldoutTests
{
    private static readonly DateOnly Today = new(1997, 12, 24);
    private static readonly IReadOnlyList<CustomerPurchases> Customers = Cdnow.Read().CustomersOf(Today, Holdout.StartOf(Today));

    [Fact]
    public void Of_CustomersOfAYear_LearnsFromTheEarlierPartAlone()
    {
        var holdout = Holdout.Of(Customers, Today);

        Assert.True(holdout is { IsHeldOut: true, IsEnough: true, Customers: 2_357 });
        Assert.Equal(2_357, holdout.Lesson.Count);
        Assert.InRange(holdout.Lesson.Max(customer => customer.Weeks), 38.5, 39.5);
    }

    [Fact]
    public void LogLikelihood_OfTheHoldout_IsThatOfTheWholeLessThatOfThePartBefore()
    {
        var holdout = Holdout.Of(Customers, Today);
        var model = Fits.Cdnow.Buying!;

        var whole = Customers.Select(customer => PurchaseSummary.FromDays(customer.All.FirstDay.DayNumber, customer.All.LastDay.DayNumber, customer.All.Days, Today.DayNumber)).ToArray();

        Assert.Equal(model.LogLikelihood(whole) - model.LogLikelihood(holdout.Lesson), holdout.LogLikelihood(model), 6);
    }

    [Fact]
    public void IsBettered_ByAFitThatSuitsTheLessonBestButForeseesWorse_IsFalse()
    {
        var holdout = Holdout.Of(Customers, Today);

        // Nothing suits the lesson better than the fit to it; what was fitted to weeks 40 to 51 too foresees these better.
        var fitted = Fits.Cdnow with { Buying = ModelFitting.FitBgNbd(holdout.Lesson, _ => { }) };
        var seer = Fits.Cdnow with { Buying = ModelFitting.FitBgNbd([.. Customers.Select(customer => PurchaseSummary.FromDays(customer.All.FirstDay.DayNumber, customer.All.LastDay.DayNumber, customer.All.Days, Today.DayNumber))], _ => { }) };

        Assert.True(fitted.Buying.LogLikelihood(holdout.Lesson) > seer.Buying.LogLikelihood(holdout.Lesson));
        Assert.False(seer.IsBettered(fitted, holdout));
        Assert.True(fitted.IsBettered(seer, holdout));
    }

    [Fact]
    public void IsBettered_ByAFitToTheEarlierPart_IsTrueOfOneThatIsOff()
    {
        var holdout = Holdout.Of(Customers, Today);
        var old = Fits.Cdnow with { Buying = new(1.5, 4, 0.8, 2.4) };

        Assert.True(old.IsBettered(Fits.Cdnow, holdout));
        Assert.False(Fits.Cdnow.IsBettered(old, holdout));
        Assert.False(Fits.Cdnow.IsBettered(Fits.Cdnow with { Buying = null }, holdout));
    }

    [Fact]
    public void Of_AYoungCommunity_LearnsFromAllOfIt()
    {
        var first = Today.AddDays(-40);
        var young = Enumerable.Range(0, 60).Select(i => new CustomerPurchases(new(first, first.AddDays(1 + (i % 30)), 2, 50), null)).ToList();

        var holdout = Holdout.Of(young, Today);

        Assert.True(holdout is { IsHeldOut: false, IsEnough: true, Lesson.Count: 60 });
        Assert.False(Holdout.Of([.. young.Take(49)], Today).IsEnough);
    }
}
