using System.Text.Json;
using GavatDashboard.Domain.Coins;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace GavatDashboard.Stores.Redis;

/// <summary>Balances in Redis. It never serves a value older than an acknowledged write.</summary>
/// <remarks>
/// Why that holds, for one key and the one writer of the ledger:
/// <list type="number">
/// <item>A write is acknowledged only after <see cref="WriteThroughAsync"/>, which either has Redis' word that the new value
/// is stored, or has distrusted the cache before it returns. Distrust ends the generation: its keys are never read again.</item>
/// <item>A reader fills only with a ticket from before it read the ledger. If the generation moved on since, nothing is sent. A
/// new generation is served only after the distrust was seen, so a reader with its ticket reads the ledger after every write
/// that found the cache distrusted and skipped it.</item>
/// <item>If a writer wrote since the ticket, nothing is sent either. The check and the sending happen under the lock that the
/// writer holds to count and send, and one connection keeps the order of what is sent: an older fill precedes the newer
/// write on the wire. A fill is also NX, so that it cannot replace what another process wrote.</item>
/// <item>A lookup answers only if the trust did not change while it waited. A new socket means distrust before it connects, so
/// what a restarted, emptied or restored server says is never taken for the old one's word.</item>
/// </list>
/// </remarks>
internal sealed partial class RedisBalanceCache(
    RedisConnection connection,
    CacheTrust trust,
    CacheCounters counters,
    IOptions<RedisOptions> options,
    TimeProvider time,
    ILogger<RedisBalanceCache> logger) : IBalanceCache
{
    private readonly TimeSpan _lifetime = TimeSpan.FromSeconds(options.Value.BalanceLifetimeSeconds);
    private readonly TimeSpan _lookupTimeout = TimeSpan.FromMilliseconds(options.Value.LookupTimeoutMs);
    private readonly TimeSpan _writeTimeout = TimeSpan.FromMilliseconds(options.Value.WriteThroughTimeoutMs);
    private readonly Stripe[] _stripes = [.. Enumerable.Range(0, 1_024).Select(_ => new Stripe())];

    public async Task<Reading<Account>?> FindAsync(string userId, CancellationToken cancellationToken)
    {
        var state = trust.State;
        if (!state.IsTrusted || connection.TryGet() is not { } database)
        {
            counters.Bypass();
            return null;
        }

        try
        {
            var asOf = time.GetUtcNow();
            var value = await database.StringGetAsync(Key(state.Generation, userId)).WaitAsync(_lookupTimeout, cancellationToken);
            if (!ReferenceEquals(state, trust.State))
            {
                counters.Bypass();
                return null;
            }

            if (value.IsNull)
            {
                counters.Miss();
                return null;
            }

            var account = CachedAccount.Read(value);
            counters.Hit();
            return new Reading<Account>(account, asOf, StoreKind.Redis);
        }
        catch (Exception failure) when (RedisConnection.IsOutage(failure) || failure is JsonException)
        {
            Distrust(failure is JsonException ? "the cache holds something that is no account" : "a lookup in the cache failed", failure);
            counters.Bypass();
            return null;
        }
    }

    public async Task WriteThroughAsync(IReadOnlyList<Account> accounts, CancellationToken cancellationToken)
    {
        var state = trust.State;
        var database = state.IsTrusted ? connection.TryGet() : null;
        if (database is null)
        {
            // Readers that hold a ticket of a generation that was trusted before this commit lose it.
            foreach (var account in accounts)
            {
                Interlocked.Increment(ref StripeOf(account.UserId).Writes);
            }

            return;
        }

        try
        {
            var pending = new Task<bool>[accounts.Count];
            for (var i = 0; i < pending.Length; i++)
            {
                pending[i] = Send(database, state.Generation, accounts[i]);
            }

            // Not the caller's token: a write that is given up is a write whose fate is unknown. It is bounded as it is.
            var stored = await Task.WhenAll(pending).WaitAsync(_writeTimeout, CancellationToken.None);
            if (Array.Exists(stored, isStored => !isStored))
            {
                trust.Distrust("the cache refused a write");
            }
        }
        catch (Exception failure) when (RedisConnection.IsOutage(failure))
        {
            Distrust("a write to the cache failed", failure);
        }
    }

    public CacheTicket BeginFill(string userId)
    {
        var state = trust.State;
        return state.IsTrusted ? new CacheTicket(state.Generation, Interlocked.Read(ref StripeOf(userId).Writes)) : default;
    }

    public async Task FillAsync(CacheTicket ticket, Account account, CancellationToken cancellationToken)
    {
        if (ticket.Generation == 0 || connection.TryGet() is not { } database)
        {
            return;
        }

        try
        {
            var stripe = StripeOf(account.UserId);
            Task<bool> sent;
            lock (stripe)
            {
                var state = trust.State;
                if (!state.IsTrusted || state.Generation != ticket.Generation || stripe.Writes != ticket.Writes)
                {
                    return;
                }

                sent = database.StringSetAsync(Key(ticket.Generation, account.UserId), CachedAccount.Write(account), _lifetime, When.NotExists);
            }

            await sent.WaitAsync(_lookupTimeout, cancellationToken);
        }
        catch (Exception failure) when (RedisConnection.IsOutage(failure))
        {
            Distrust("a fill of the cache failed", failure);
        }
    }

    public void Distrust(string reason) => trust.Distrust(reason);

    private Task<bool> Send(IDatabase database, long generation, Account account)
    {
        var stripe = StripeOf(account.UserId);
        lock (stripe)
        {
            Interlocked.Increment(ref stripe.Writes);
            return database.StringSetAsync(Key(generation, account.UserId), CachedAccount.Write(account), _lifetime);
        }
    }

    private Stripe StripeOf(string userId) => _stripes[(uint)string.GetHashCode(userId, StringComparison.Ordinal) % _stripes.Length];

    /// <summary>Where an account is cached.</summary>
    internal static RedisKey Key(long generation, string userId) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"gavat:{generation}:balance:{userId}");

    private void Distrust(string reason, Exception failure)
    {
        var wasTrusted = trust.State.IsTrusted;
        trust.Distrust(reason);
        if (wasTrusted)
        {
            LogDistrusted(reason, failure.Message);
        }
    }

    [LoggerMessage(2005, LogLevel.Warning, "The cache is no longer served, because {Reason}: {Failure}")]
    private partial void LogDistrusted(string reason, string failure);

    /// <summary>Counts the writes of the accounts that share it. Its own monitor orders them with the fills.</summary>
    private sealed class Stripe
    {
        public long Writes;
    }
}
