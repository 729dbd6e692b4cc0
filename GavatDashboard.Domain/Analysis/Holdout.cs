using GavatDashboard.Domain.Analysis.Models;

namespace GavatDashboard.Domain.Analysis;

/// <summary>
/// Customers as they were some weeks ago, from whom a model learns, and as they are now. How likely a model makes what they did in the weeks
/// between, which no model has seen, tells which of two is better.
/// </summary>
public sealed class Holdout
{
    private readonly PurchaseSummary[] _before;
    private readonly PurchaseSummary[] _now;

    private Holdout(PurchaseSummary[] before, PurchaseSummary[] now) => (_before, _now) = (before, now);

    /// <summary>The weeks that are held out: as many as an expectation looks ahead.</summary>
    public const int Weeks = PopulationFit.OutlookWeeks;

    /// <summary>Customers of today.</summary>
    public int Customers => _now.Length;

    /// <summary>Whether the earlier part is enough to learn from. In a young community all of it is learnt from, and judged by.</summary>
    public bool IsHeldOut => _before.Length > 0;

    /// <summary>What a model is fitted to; it never sees the rest.</summary>
    public IReadOnlyCollection<PurchaseSummary> Lesson => IsHeldOut ? _before : _now;

    /// <summary>Whether there are enough customers who came back.</summary>
    public bool IsEnough => CameBack(Lesson) >= PopulationFit.LeastCustomers;

    /// <summary>Parts the customers of a community.</summary>
    /// <param name="customers">Their purchases.</param>
    /// <param name="today">The UTC day.</param>
    public static Holdout Of(IReadOnlyCollection<CustomerPurchases> customers, DateOnly today)
    {
        ArgumentNullException.ThrowIfNull(customers);
        PurchaseSummary[] before = [.. customers.Select(customer => customer.Before).OfType<PurchaseHistory>().Select(purchases => Summarize(purchases, StartOf(today)))];
        PurchaseSummary[] now = [.. customers.Select(customer => customer.All).Where(purchases => purchases.FirstDay <= today).Select(purchases => Summarize(purchases, today))];
        return new(CameBack(before) >= PopulationFit.LeastCustomers ? before : [], now);
    }

    /// <summary>The first day that is held out.</summary>
    public static DateOnly StartOf(DateOnly today) => today.AddDays(-7 * Weeks);

    /// <summary>
    /// The logarithm of the likelihood of what customers did in the weeks held out, given what they did before: that of the whole less that of
    /// the part before. A customer who first bought in these weeks counts from then on.
    /// </summary>
    public double LogLikelihood(BgNbd model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.LogLikelihood(_now) - model.LogLikelihood(_before);
    }

    private static int CameBack(IReadOnlyCollection<PurchaseSummary> customers) => customers.Count(customer => customer.Repeats > 0);

    private static PurchaseSummary Summarize(PurchaseHistory purchases, DateOnly until) =>
        PurchaseSummary.FromDays(purchases.FirstDay.DayNumber, purchases.LastDay.DayNumber, purchases.Days, until.DayNumber);
}
