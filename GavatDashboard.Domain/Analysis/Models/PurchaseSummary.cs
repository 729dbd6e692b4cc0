namespace GavatDashboard.Domain.Analysis.Models;

/// <summary>
/// What the models look at of one customer. Purchases of one day count once; the first one makes the customer and is not counted
/// as a repeat. Time is in weeks, since the first purchase.
/// </summary>
/// <param name="Repeats">Repeat purchases, from 0.</param>
/// <param name="LastWeek">When the last repeat purchase was; 0 where there was none.</param>
/// <param name="Weeks">How long the customer has been observed.</param>
public readonly record struct PurchaseSummary(int Repeats, double LastWeek, double Weeks)
{
    /// <summary>From the days on which a customer bought, as numbers of days of any calendar.</summary>
    /// <param name="firstDay">The first.</param>
    /// <param name="lastDay">The last.</param>
    /// <param name="days">How many, from 1.</param>
    /// <param name="today">The day up to which the customer is observed.</param>
    public static PurchaseSummary FromDays(long firstDay, long lastDay, int days, long today)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(days, 1);
        return new(days - 1, (lastDay - firstDay) / 7.0, (Math.Max(today, lastDay) - firstDay) / 7.0);
    }
}

/// <summary>What a customer's purchases were worth.</summary>
/// <param name="Purchases">How many, from 1.</param>
/// <param name="Mean">Their mean value, above 0.</param>
public readonly record struct PurchaseValue(int Purchases, double Mean);
