using System.Globalization;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Analysis.Models;

namespace GavatDashboard.Tests.Analysis.Models;

/// <summary>The public CDNOW sample: 2,357 customers who first bought in early 1997, and all their purchases up to June 1998.</summary>
internal sealed class Cdnow
{
    public const int CalibrationWeeks = 39;
    public const int AllWeeks = 78;
    private static readonly DateOnly Start = new(1997, 1, 1);
    private static readonly DateOnly CalibrationEnd = new(1997, 9, 30);
    private readonly List<(DateOnly First, SortedDictionary<DateOnly, decimal> Days)> _customers = [];

    private Cdnow()
    {
    }

    public static Cdnow Read()
    {
        var sample = new Cdnow();
        var lines = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", "cdnow_sample.txt"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(parts => parts.Length == 5);
        foreach (var customer in lines.GroupBy(parts => parts[1], StringComparer.Ordinal))
        {
            var days = new SortedDictionary<DateOnly, decimal>();
            foreach (var parts in customer)
            {
                var day = DateOnly.ParseExact(parts[2], "yyyyMMdd", CultureInfo.InvariantCulture);
                days[day] = days.GetValueOrDefault(day) + decimal.Parse(parts[4], CultureInfo.InvariantCulture);
            }

            sample._customers.Add((days.Keys.First(), days));
        }

        return sample;
    }

    /// <summary>What the model is fitted to: purchases up to the end of September 1997.</summary>
    public PurchaseSummary[] Calibration() =>
    [
        .. _customers.Select(customer =>
        {
            var days = customer.Days.Keys.Where(day => day <= CalibrationEnd).ToArray();
            return PurchaseSummary.FromDays(customer.First.DayNumber, days[^1].DayNumber, days.Length, CalibrationEnd.DayNumber);
        }),
    ];

    /// <summary>The customers as a ledger knows them on a day, all of whom bought before another one.</summary>
    public IReadOnlyList<CustomerPurchases> CustomersOf(DateOnly today, DateOnly split) =>
    [
        .. _customers.Select(customer => new CustomerPurchases(Up(customer.Days, today.AddDays(1))!, Up(customer.Days, split))),
    ];

    private static PurchaseHistory? Up(SortedDictionary<DateOnly, decimal> days, DateOnly before) => days.Where(day => day.Key < before).ToList() is { Count: > 0 } bought
        ? new(bought[0].Key, bought[^1].Key, bought.Count, (long)bought.Sum(day => day.Value * 100))
        : null;

    /// <summary>What repeat purchases of the calibration were worth, of those who made any, in dollars.</summary>
    public PurchaseValue[] RepeatValues() =>
    [
        .. _customers.Select(customer => customer.Days.Where(day => day.Key > customer.First && day.Key <= CalibrationEnd).Select(day => day.Value).ToArray())
            .Where(repeats => repeats.Length > 0 && repeats.Sum() > 0)
            .Select(repeats => new PurchaseValue(repeats.Length, (double)repeats.Average())),
    ];

    /// <summary>
    /// What the purchases of the holdout were worth, in dollars, of everybody who made any; beside it what was known of the customer
    /// before: repeat purchases of the calibration, none (with a mean of 0) for whoever bought once.
    /// </summary>
    public IReadOnlyList<(PurchaseValue Before, double Holdout)> HoldoutValues() =>
    [
        .. _customers
            .Select(customer => (
                Before: customer.Days.Where(day => day.Key > customer.First && day.Key <= CalibrationEnd).Select(day => (double)day.Value).ToArray(),
                After: customer.Days.Where(day => day.Key > CalibrationEnd).Select(day => (double)day.Value).ToArray()))
            .Where(customer => customer.After.Length > 0)
            .Select(customer => (new PurchaseValue(customer.Before.Length, customer.Before.DefaultIfEmpty().Average()), customer.After.Average())),
    ];

    /// <summary>Repeat purchases up to the end of each week of the 78; the first is that of week 1.</summary>
    public int[] CumulativeRepeats()
    {
        var weekly = new int[AllWeeks];
        foreach (var day in _customers.SelectMany(customer => customer.Days.Keys.Where(day => day > customer.First)))
        {
            weekly[Math.Min(AllWeeks - 1, (day.DayNumber - Start.DayNumber) / 7)]++;
        }

        return [.. weekly.Select((_, week) => weekly.Take(week + 1).Sum())];
    }

    /// <summary>The same as a model expects it: each customer counts from the day of the first purchase.</summary>
    public double[] ExpectedCumulativeRepeats(BgNbd model)
    {
        var cohorts = _customers.GroupBy(customer => customer.First.DayNumber - Start.DayNumber).Select(cohort => (Day: cohort.Key, Size: cohort.Count())).ToArray();
        return
        [
            .. Enumerable.Range(1, AllWeeks).Select(week => cohorts.Where(cohort => cohort.Day < week * 7)
                .Sum(cohort => cohort.Size * model.ExpectedRepeats(week - ((cohort.Day + 1) / 7.0)))),
        ];
    }
}
