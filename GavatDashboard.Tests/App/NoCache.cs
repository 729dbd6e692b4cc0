using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Tests.App;

/// <summary>No cache: every question goes to the ledger.</summary>
internal sealed class NoCache : IBalanceCache
{
    public Task<Reading<Account>?> FindAsync(string userId, CancellationToken cancellationToken) => Task.FromResult<Reading<Account>?>(null);

    public Task WriteThroughAsync(IReadOnlyList<Account> accounts, CancellationToken cancellationToken) => Task.CompletedTask;

    public CacheTicket BeginFill(string userId) => default;

    public Task FillAsync(CacheTicket ticket, Account account, CancellationToken cancellationToken) => Task.CompletedTask;

    public void Distrust(string reason)
    {
        // It holds nothing that could be wrong.
    }
}
