using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Coins;

/// <summary>Where no cache and no copy is set up: every question goes to the ledger.</summary>
internal sealed class NoCache : IBalanceCache, IBalanceCopy, ILeaderboardCache
{
    Task<Reading<Account>?> IBalanceCache.FindAsync(string userId, CancellationToken cancellationToken) => Task.FromResult<Reading<Account>?>(null);

    public Task WriteThroughAsync(IReadOnlyList<Account> accounts, CancellationToken cancellationToken) => Task.CompletedTask;

    public CacheTicket BeginFill(string userId) => default;

    public Task FillAsync(CacheTicket ticket, Account account, CancellationToken cancellationToken) => Task.CompletedTask;

    public void Distrust(string reason)
    {
        // It holds nothing that could be wrong.
    }

    Task<Reading<Account>?> IBalanceCopy.FindAsync(string userId, CancellationToken cancellationToken) => Task.FromResult<Reading<Account>?>(null);

    public Task<Reading<IReadOnlyList<LeaderboardRow>>?> FindAsync(LeaderboardQuery query, CancellationToken cancellationToken) =>
        Task.FromResult<Reading<IReadOnlyList<LeaderboardRow>>?>(null);

    public Task<long?> FindRankAsync(string userId, LeaderboardOrder by, LeaderboardPeriod period, DateOnly start, CancellationToken cancellationToken) =>
        Task.FromResult<long?>(null);
}
