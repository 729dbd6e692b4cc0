using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Analysis;

/// <summary>Replays the last 30 days of the ledger under another policy, through the code that decides in earnest, and writes nothing.</summary>
internal sealed class PolicySimulator(ILedgerStores stores, TimeProvider time, ILogger<PolicySimulator> logger) : IDisposable
{
    /// <summary>Days that are replayed.</summary>
    public const int Days = 30;
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
    /// <returns>False where one runs already.</returns>
    /// <exception cref="ArgumentException">The policy is not usable.</exception>
    public bool TryStart(LedgerPolicy policy)
    {
        if (policy.Validate() is { Count: > 0 } errors)
        {
            throw new ArgumentException(string.Join(' ', errors), nameof(policy));
        }

        return _work.TryStart((tell, token) => RunAsync(policy, tell, token));
    }

    /// <summary>Asks it to stop.</summary>
    public void Cancel() => _work.Cancel();

    public void Dispose() => _work.Dispose();

    private async Task<SimulationReport> RunAsync(LedgerPolicy policy, Action<long, long> tell, CancellationToken cancellationToken)
    {
        var ledger = stores.Current;
        var from = time.GetUtcNow().AddDays(-Days);
        var total = (await ledger.ReadTotalsAsync(cancellationToken)).Users;
        var current = await ledger.ReadPolicyAsync(cancellationToken);
        var (before, after, tiers, last, done) = (new SimulatedSums(), new SimulatedSums(), new Dictionary<(Tier, Tier), long>(), string.Empty, 0L);
        while (await ledger.ListUsersAsync(last, PageUsers, cancellationToken) is { Count: > 0 } users)
        {
            var accounts = (await ledger.FindAccountsAsync([.. users.Select(user => user.Id)], cancellationToken)).ToDictionary(account => account.UserId, StringComparer.Ordinal);
            foreach (var user in users.Where(user => !SystemAccounts.IsReserved(user.Id) && accounts.ContainsKey(user.Id)))
            {
                var entries = await ReadAsync(ledger, user.Id, from, cancellationToken);
                var replay = new PolicyReplay(user, accounts[user.Id], entries);
                var (was, would) = (replay.Run(current), replay.Run(policy));
                before.Add(was.Sums);
                after.Add(would.Sums);
                var (tierBefore, tierAfter) = (current.TierFor(accounts[user.Id].Earned), would.Tier);
                tiers[(tierBefore, tierAfter)] = tiers.GetValueOrDefault((tierBefore, tierAfter)) + 1;
            }

            (last, done) = (users[^1].Id, done + users.Count);
            tell(done, Math.Max(total, done));
        }

        return new(
            from, done, before, after,
            [.. tiers.Where(tier => tier.Key.Item1 != tier.Key.Item2).Select(tier => new TierMove(tier.Key.Item1, tier.Key.Item2, tier.Value)).OrderByDescending(move => move.Users)]);
    }

    private static async Task<List<Entry>> ReadAsync(ICoinLedger ledger, string userId, DateTimeOffset from, CancellationToken cancellationToken)
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

/// <summary>What a month would have been under another policy.</summary>
/// <param name="From">From when the ledger was replayed (UTC).</param>
/// <param name="Users">Users whose entries were replayed.</param>
/// <param name="Before">The month replayed under the policy that holds.</param>
/// <param name="After">The month replayed under the other one.</param>
/// <param name="Tiers">Who would be in another tier, the most first.</param>
public sealed record SimulationReport(DateTimeOffset From, long Users, SimulatedSums Before, SimulatedSums After, IReadOnlyList<TierMove> Tiers);

/// <summary>Users who would be in another tier.</summary>
/// <param name="From">The tier by the policy that holds.</param>
/// <param name="To">The tier by the other one.</param>
/// <param name="Users">How many.</param>
public sealed record TierMove(Tier From, Tier To, long Users);
