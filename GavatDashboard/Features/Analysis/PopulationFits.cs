using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Analysis.Models;

namespace GavatDashboard.Features.Analysis;

/// <summary>
/// Learns from everybody how people buy. The fit that serves goes on serving until a new one is better: until, learnt from what was
/// before the last weeks, it would have foreseen these at least as well.
/// </summary>
internal sealed class PopulationFits(ActiveAnalyzer active, IHistorySource histories, IAnalysisRecords records, TimeProvider time, ILogger<PopulationFits> logger) : IDisposable
{
    /// <summary>About how many rounds a fit takes; what is told of its progress.</summary>
    private const int UsualRounds = 900;

    private readonly LongWork<FitOutcome> _work = new("fit", time, logger);

    /// <summary>How it stands.</summary>
    public WorkStatus<FitOutcome> Status => _work.Status;

    /// <summary>Completes when the fit that runs now ends.</summary>
    public Task Ended => _work.Ended;

    /// <summary>Hears of every step, on a thread of the pool: return at once.</summary>
    public event Action? Changed
    {
        add => _work.Changed += value;
        remove => _work.Changed -= value;
    }

    /// <summary>Starts to learn anew.</summary>
    /// <returns>False where it runs already.</returns>
    public bool TryStart() => _work.TryStart(RunAsync);

    /// <summary>Asks it to stop.</summary>
    public void Cancel() => _work.Cancel();

    public void Dispose() => _work.Dispose();

    private async Task<FitOutcome> RunAsync(Action<long, long> tell, CancellationToken cancellationToken)
    {
        tell(0, UsualRounds);
        var now = time.GetUtcNow();
        var data = await histories.ReadPopulationAsync(now, cancellationToken);
        var holdout = Holdout.Of(data.Customers, DateOnly.FromDateTime(now.UtcDateTime));
        var rounds = 0;
        var fit = Fit(data, holdout, now, _ => Tell(++rounds, tell, cancellationToken));
        var serving = await records.FindFitAsync(cancellationToken);
        var serves = serving is null || serving.IsBettered(fit, holdout);

        // The fifths are counted and not estimated: the newest are always right.
        var kept = serves || serving is null ? fit : serving with { Id = fit.Id, Rfm = fit.Rfm };
        await records.PutFitAsync(kept, serves: true, cancellationToken);
        await active.ReloadAsync(records, cancellationToken);
        return new(kept, serves, holdout.Customers);
    }

    private static PopulationFit Fit(PopulationData data, Holdout holdout, DateTimeOffset now, Action<int> onRound)
    {
        var buying = holdout.IsEnough ? ModelFitting.FitBgNbd(holdout.Lesson, onRound) : null;
        PurchaseValue[] values = [.. data.Customers.Select(customer => customer.All).Where(purchases => purchases is { Coins: > 0, Days: > 1 }).Select(purchases => new PurchaseValue(purchases.Days, purchases.Coins / (double)purchases.Days))];
        return new()
        {
            Id = Guid.CreateVersion7(now),
            FittedAt = now,
            Customers = holdout.Lesson.Count,
            Buying = buying,
            Value = values.Length >= PopulationFit.LeastCustomers ? ModelFitting.FitGammaGamma(values, onRound) : null,
            Rfm = data.Rfm.Count > 0 ? RfmScale.Of(data.Rfm) : null,
            LogLikelihoodPerCustomer = buying is null ? null : buying.LogLikelihood(holdout.Lesson) / holdout.Lesson.Count,
        };
    }

    private static void Tell(int rounds, Action<long, long> tell, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        tell(Math.Min(rounds, UsualRounds - 1), UsualRounds);
    }
}

/// <summary>What came of learning anew.</summary>
/// <param name="Fit">What serves now.</param>
/// <param name="IsNew">Whether the new fit took over; else it was not better, and the older one goes on serving with the newest fifths.</param>
/// <param name="Customers">Customers it was learnt from.</param>
public sealed record FitOutcome(PopulationFit Fit, bool IsNew, int Customers);
