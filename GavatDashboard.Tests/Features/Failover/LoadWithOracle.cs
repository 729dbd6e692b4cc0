using System.Collections.Concurrent;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Tests.Stores;

namespace GavatDashboard.Tests.Features.Failover;

/// <summary>Callers that post without pause, and remember what they were told.</summary>
internal sealed class LoadWithOracle(FailoverApp app) : IDisposable
{
    private const int Callers = 8;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, (PostCoins Operation, OperationResult Answer)> _acknowledged = new();
    private readonly ConcurrentDictionary<string, PostCoins> _unknown = new();
    private readonly List<string> _users = [];
    private Task _callers = Task.CompletedTask;

    public async Task StartAsync()
    {
        for (var i = 0; i < Callers; i++)
        {
            _users.Add(await app.CreateUserAsync());
        }

        _callers = Task.WhenAll(_users.Select(user => Task.Run(() => CallAsync(user))));
        await FailoverApp.UntilAsync(() => _acknowledged.Count > 50, () => "50 acknowledged operations");
    }

    public async Task RunForAsync(TimeSpan time)
    {
        var before = _acknowledged.Count;
        await Task.Delay(time);
        Assert.True(_acknowledged.Count > before, "Nothing was acknowledged.");
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _callers;
    }

    /// <summary>Each acknowledged operation is there once, nothing is there that was never asked for, and each key gives its first answer.</summary>
    public async Task AssertHeldAsync()
    {
        foreach (var user in _users)
        {
            var found = await ListAsync(user);
            Assert.Equal(found.Count, found.Select(entry => entry.IdempotencyKey).Distinct().Count());
            var asked = _acknowledged.Keys.Concat(_unknown.Keys).ToHashSet();
            Assert.All(found, entry => Assert.Contains(entry.IdempotencyKey, asked));
            var byKey = found.ToDictionary(entry => entry.IdempotencyKey, StringComparer.Ordinal);
            foreach (var (operation, answer) in _acknowledged.Values.Where(item => item.Operation.UserId == user))
            {
                Assert.Equal(answer is OperationResult.Posted, byKey.ContainsKey(operation.IdempotencyKey));
            }

            var account = await app.Stores.Current.FindAccountAsync(user, CancellationToken.None);
            Assert.Equal(found.Sum(entry => entry.Amount.Value), account!.Balance.Value);
        }

        foreach (var (operation, answer) in _acknowledged.Values.Where((_, i) => i % 23 == 0))
        {
            var again = await app.DoAsync(operation);
            if (answer is OperationResult.Posted posted)
            {
                Assert.Equal(posted.Entry.Id, again.Posted().Entry.Id);
                Assert.Equal(posted.Entry.BalanceAfter, again.Posted().Entry.BalanceAfter);
                Assert.True(again.Posted().Replayed);
            }
            else
            {
                Assert.Equal(((OperationResult.Refused)answer).Refusal, ((OperationResult.Refused)again).Refusal);
            }
        }
    }

    public void Dispose()
    {
        // A test that failed must not leave its callers behind; they look at the token, so it stays.
        _stop.Cancel();
    }

    private async Task CallAsync(string user)
    {
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            var operation = i % 4 == 3 ? Operations.Post(user, "spend_content", 9) : Operations.Post(user, "earn_purchase", 1 + (i % 5));
            try
            {
                var answer = await app.DoAsync(operation);
                _acknowledged[operation.IdempotencyKey] = (operation, answer);
            }
            catch (StoreUnavailableException)
            {
                _unknown[operation.IdempotencyKey] = operation;
            }
        }
    }

    private async Task<IReadOnlyList<Entry>> ListAsync(string user)
    {
        var all = new List<Entry>();
        while (true)
        {
            var page = await app.Stores.Current.ListEntriesAsync(
                new EntryQuery { UserId = user, Limit = 500, Before = all.Count > 0 ? all[^1].Id : null }, CancellationToken.None);
            all.AddRange(page);
            if (page.Count < 500)
            {
                return all;
            }
        }
    }
}
