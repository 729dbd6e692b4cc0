using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Analysis;

/// <summary>
/// Replays the last 30 days of the ledger under another policy and other rules, through the code that decides in earnest, and writes nothing.
/// </summary>
internal sealed class PolicySimulator(ILedgerStores stores, IHistorySource histories, ActiveAnalyzer active, TimeProvider time, ILogger<PolicySimulator> logger) : IDisposable
{
    /// <summary>Whole UTC days that are replayed, and today so far.</summary>
    public const int Days = 30;

    /// <summary>How many of those who would change are named.</summary>
    public const int MostExamples = 100;
    private const int PageUsers = 500;
    private const int PageEntries = 10_000;
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
        var current = await ledger.ReadPolicyAsync(cancellationToken);
        var (tally, last, done) = (new SimulationTally(), string.Empty, 0L);
        tell(0, total);
        while (await ledger.ListUsersAsync(last, PageUsers, cancellationToken) is { Count: > 0 } users)
        {
            var batch = await histories.LoadAsync([.. users.Where(user => !SystemAccounts.IsReserved(user.Id)).Select(user => user.Id)], now, cancellationToken);
            foreach (var history in batch.Histories)
            {
                var month = await ReadAsync(ledger, history, from, cancellationToken);
                var (was, would) = (month.Replay.Run(current), month.Replay.Run(policy));
                tally.Add(
                    history.User, month.Replay.Unknown,
                    new(was.Sums, current.TierFor(was.Account.Earned), rulesBefore.Analyze(month.History.Under(was), now)),
                    new(would.Sums, policy.TierFor(would.Account.Earned), rulesAfter.Analyze(month.History.Under(would), now)));
            }

            (last, done) = (users[^1].Id, done + batch.Histories.Count);
            tell(done, Math.Max(total, done));
        }

        return tally.ToReport(from, current, policy, rulesBefore.Version, rulesAfter.Version);
    }

    private static async Task<(PolicyReplay Replay, ReplayedHistory History)> ReadAsync(ICoinLedger ledger, UserHistory history, DateTimeOffset from, CancellationToken cancellationToken)
    {
        // Most users did nothing in the month, and the history tells so.
        var entries = history.IsCut || history.Entries.Any(entry => entry.EffectiveAt >= from) ? await ReadEntriesAsync(ledger, history.User.Id, from, cancellationToken) : [];
        var refusals = history.Refusals.Any(refusal => refusal.At >= from)
            ? (await ledger.ListRefusalsAsync(history.User.Id, from, cancellationToken)).Where(answer => answer.Refusal?.Code is Refusal.DailyLimit or Refusal.InsufficientFunds).ToList()
            : [];
        var originals = entries.ToDictionary(entry => entry.Id);
        foreach (var reversed in entries.Select(entry => entry.ReversalOf).OfType<Guid>().Where(id => !originals.ContainsKey(id)).ToList())
        {
            originals[reversed] = await ledger.FindEntryAsync(reversed, cancellationToken) ?? throw new InvalidOperationException($"The ledger holds a reversal of '{reversed}' and not the entry.");
        }

        return (new(history.User, history.Account, entries, refusals, originals), new(history, entries, from, await FindLastPurchaseAsync(ledger, history, from, cancellationToken)));
    }

    private static async Task<DateOnly?> FindLastPurchaseAsync(ICoinLedger ledger, UserHistory history, DateTimeOffset from, CancellationToken cancellationToken)
    {
        if (history.Purchases is not { } purchases || purchases.FirstDay >= DateOnly.FromDateTime(from.UtcDateTime))
        {
            return null;
        }

        var reversed = history.Entries.Select(entry => entry.ReversalOf).OfType<Guid>().ToHashSet();
        if (history.Entries.Where(entry => entry.EffectiveAt < from && entry.IsSpend && !reversed.Contains(entry.Id)).Max(entry => (DateTimeOffset?)entry.EffectiveAt) is { } known)
        {
            return DateOnly.FromDateTime(known.UtcDateTime);
        }

        var older = await ledger.ListEntriesAsync(new EntryQuery { UserId = history.User.Id, To = from, Limit = PageEntries }, cancellationToken);
        return older.FirstOrDefault(ReplayedHistory.IsPurchase) is { } last ? DateOnly.FromDateTime(last.EffectiveAt.UtcDateTime) : null;
    }

    private static async Task<IReadOnlyList<Entry>> ReadEntriesAsync(ICoinLedger ledger, string userId, DateTimeOffset from, CancellationToken cancellationToken)
    {
        var entries = new List<Entry>();
        Guid? before = null;
        while (true)
        {
            var page = await ledger.ListEntriesAsync(new EntryQuery { UserId = userId, From = from, Before = before, Limit = PageEntries }, cancellationToken);
            entries.AddRange(page);
            if (page.Count < PageEntries)
            {
                entries.Reverse();
                return entries;
            }

            before = page[^1].Id;
        }
    }
}
