using GavatDashboard.Domain.Analysis.Models;

namespace GavatDashboard.Domain.Analysis;

/// <summary>What was learnt from everybody at once: how people buy, what a purchase is worth, and where the fifths part.</summary>
public sealed record PopulationFit
{
    /// <summary>The least customers from whom buying is learnt; fewer say nothing about others.</summary>
    public const int LeastCustomers = 50;

    /// <summary>Identity.</summary>
    public required Guid Id { get; init; }

    /// <summary>When it was fitted (UTC).</summary>
    public required DateTimeOffset FittedAt { get; init; }

    /// <summary>Customers it was learnt from: users who have spent.</summary>
    public required int Customers { get; init; }

    /// <summary>How people buy; null where there were too few customers.</summary>
    public BgNbd? Buying { get; init; }

    /// <summary>What a purchase is worth; null where too few customers came back.</summary>
    public GammaGamma? Value { get; init; }

    /// <summary>Where the fifths part; null where nobody was ever seen.</summary>
    public RfmScale? Rfm { get; init; }

    /// <summary>The logarithm of the likelihood of the data it was fitted to, by customer.</summary>
    public double? LogLikelihoodPerCustomer { get; init; }

    /// <summary>The weeks that an expectation looks ahead.</summary>
    public const int OutlookWeeks = 12;

    /// <summary>What is to be expected of a customer, or null where there is nothing to go by.</summary>
    /// <param name="purchases">The customer's purchases.</param>
    /// <param name="today">The UTC day of the analysis.</param>
    public Outlook? OutlookOf(PurchaseHistory? purchases, DateOnly today)
    {
        if (Buying is null || purchases is null || purchases.FirstDay > today)
        {
            return null;
        }

        var customer = PurchaseSummary.FromDays(purchases.FirstDay.DayNumber, purchases.LastDay.DayNumber, purchases.Days, today.DayNumber);
        var expected = Buying.ExpectedPurchases(customer, OutlookWeeks);
        if (!double.IsFinite(expected))
        {
            return null;
        }

        var value = purchases.Coins > 0 ? Value?.ExpectedValue(new(purchases.Days, purchases.Coins / (double)purchases.Days)) : null;
        return new Outlook(
            (int)Math.Round(100 * Buying.AliveProbability(customer)),
            Math.Round((decimal)expected, 2),
            value is { } coins ? (long)Math.Round(coins) : null,
            value is { } each ? (long)Math.Round(each * expected) : null);
    }

    /// <summary>Whether a new fit foresaw the weeks held out at least as well as this one does.</summary>
    /// <param name="other">The new one; it has not seen these weeks.</param>
    /// <param name="holdout">What customers did in them.</param>
    public bool IsBettered(PopulationFit other, Holdout holdout)
    {
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(holdout);
        return Buying is null || (other.Buying is not null && holdout.LogLikelihood(other.Buying) >= holdout.LogLikelihood(Buying));
    }
}

/// <summary>What is to be expected of a customer.</summary>
/// <param name="AlivePercent">The probability that the user will buy again at all, 0 to 100; always 100 after a single purchase.</param>
/// <param name="Purchases">Purchases in the next 12 weeks.</param>
/// <param name="ValueCoins">Coins of a purchase, or null where that is not known.</param>
/// <param name="Coins">Coins in the next 12 weeks, or null where that is not known.</param>
public sealed record Outlook(int AlivePercent, decimal Purchases, long? ValueCoins, long? Coins);
