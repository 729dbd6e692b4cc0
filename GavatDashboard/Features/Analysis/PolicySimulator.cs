using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Analysis;

/// <summary>
/// Replays the last 30 days of the ledger under another policy and other rules, through the code that decides in earnest, and writes nothing.
/// It holds the months of a piece of the users at a time, however many there are.
/// </summary>
internal sealed class PolicySimulator(ILedgerStores stores, IMonthSource months, ActiveAnalyzer active, TimeProvider time, ILogger<PolicySimulator> logger) : IDisposable
{
    /// <summary>Whole UTC days that are replayed, and today so far.</summary>
    public const int Days = 30;

    /// <summary>How many of those who would change are named.</summary>
    public const int MostExamples = 100;
    private const int PageUsers = 500;
    private readonly LongWork<SimulationReport> _work = new("policy simulation", time, logger);

    /// <summary>How it stands.</summary>
    public WorkStatus<SimulationReport> Status => _work.Status;

    /// <summary>Completes when the simulation that runs now ends.</summary>
    public Task Ended => _work.Ended;

    /// <summary>Hears of every step, on a thread of the pool: return at once.</summary>
    public event Action? Changed
    {
        add => _work.Changed += value;
        remove => _work.Changed -= value;
    }

    /// <summary>Starts a simulation.</summary>
    /// <param name="policy">The other policy.</param>
    /// <param name="rules">The other rules; null for those that hold.</param>
    /// <returns>False where one runs already.</returns>
    /// <exception cref="ArgumentException">The policy or the rules are not usable.</exception>
    public bool TryStart(LedgerPolicy policy, RuleSet? rules = null)
    {
        if (policy.Validate() is { Count: > 0 } errors)
        {
            throw new ArgumentException(string.Join(' ', errors), nameof(policy));
        }

        var before = active.Current;
        var after = rules is null ? before : new UserAnalyzer(rules, before.Population);
        return _work.TryStart((tell, token) => RunAsync(policy, before, after, tell, token));
    }

    /// <summary>Asks it to stop.</summary>
    public void Cancel() => _work.Cancel();

    public void Dispose() => _work.Dispose();

    private async Task<SimulationReport> RunAsync(LedgerPolicy policy, UserAnalyzer rulesBefore, UserAnalyzer rulesAfter, Action<long, long> tell, CancellationToken cancellationToken)
    {
        var (ledger, now) = (stores.Current, time.GetUtcNow());
        var from = new DateTimeOffset(now.UtcDateTime.Date.AddDays(-Days), TimeSpan.Zero);
        var total = (await ledger.ReadTotalsAsync(cancellationToken)).Users;
        var simulation = new MonthSimulation(await ledger.ReadPolicyAsync(cancellationToken), policy, rulesBefore, rulesAfter, from, now);
        var (tally, last, done) = (new SimulationTally(), string.Empty, 0L);
        tell(0, total);
        while (await ledger.ListUsersAsync(last, PageUsers, cancellationToken) is { Count: > 0 } users)
        {
            await months.ReadMonthsAsync(
                [.. users.Where(user => !SystemAccounts.IsReserved(user.Id)).Select(user => user.Id)], from, now,
                piece =>
                {
                    foreach (var user in piece.AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(simulation.Run))
                    {
                        tally.Add(user);
                    }

                    done += piece.Count;
                    tell(done, Math.Max(total, done));
                },
                cancellationToken);
            last = users[^1].Id;
        }

        return tally.ToReport(from, simulation.PolicyBefore, policy, rulesBefore.Version, rulesAfter.Version);
    }
}
