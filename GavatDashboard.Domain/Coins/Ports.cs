namespace GavatDashboard.Domain.Coins;

/// <summary>Where operations are written: it orders, groups and routes them, and answers each caller on its own.</summary>
public interface ILedgerWriter
{
    /// <summary>Does an operation and answers once it is durable.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="cancellationToken">Gives up waiting; the operation may still happen, wholly.</param>
    /// <exception cref="LedgerBusyException">Too much is waiting; nothing was written.</exception>
    /// <exception cref="StoreUnavailableException">No store takes writes now; the exception says whether it may have been written.</exception>
    Task<OperationResult> WriteAsync(LedgerOperation operation, CancellationToken cancellationToken);
}

/// <summary>The stores of the ledger and which of them is the source of truth now.</summary>
public interface ILedgerStores
{
    /// <summary>PostgreSQL, or its stand-in in embedded mode.</summary>
    ICoinLedger Primary { get; }

    /// <summary>The emergency fallback in SQLite.</summary>
    ICoinLedger Fallback { get; }

    /// <summary>The one whose word counts now.</summary>
    ICoinLedger Current { get; }

    /// <summary>Whether another instance may have acknowledged what <see cref="Current"/> does not hold: it owns the ledger and is not known to write there.</summary>
    bool MayBeBehind => false;
}

/// <summary>The events of a ledger's log that other stores must hear of, and how far each has come.</summary>
public interface IOutbox
{
    /// <summary>Events after a place in the log, in sequence.</summary>
    /// <param name="afterSequence">The last place the reader has handled.</param>
    /// <param name="limit">1 to 5,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<OutboxBatch> ReadAsync(long afterSequence, int limit, CancellationToken cancellationToken);

    /// <summary>The place up to which a consumer has handled the log; 0 where it never did.</summary>
    Task<long> ReadCursorAsync(string consumer, CancellationToken cancellationToken);

    /// <summary>Notes how far a consumer has come; it never goes back except to 0, which means to begin anew.</summary>
    Task SaveCursorAsync(string consumer, long sequence, CancellationToken cancellationToken);

    /// <summary>Drops events that every consumer has handled. Entries, accounts and activity stay where they are.</summary>
    Task<long> TrimAsync(long throughSequence, CancellationToken cancellationToken);
}

/// <summary>A stretch of the log with all that its events are about, read at one instant.</summary>
/// <param name="Events">The events, in sequence.</param>
/// <param name="Entries">The entries they name.</param>
/// <param name="Activities">The activity they name.</param>
/// <param name="Accounts">The accounts they touch, as they are now.</param>
/// <param name="Users">The users they touch, as they are now.</param>
/// <param name="Usage">Usage of the days on which those entries were recorded.</param>
public sealed record OutboxBatch(
    IReadOnlyList<OutboxEvent> Events,
    IReadOnlyList<Entry> Entries,
    IReadOnlyList<ActivityEvent> Activities,
    IReadOnlyList<Account> Accounts,
    IReadOnlyList<User> Users,
    IReadOnlyList<DayUsage> Usage);

/// <summary>Balances at hand without asking the ledger. It decides nothing and may forget everything at any time.</summary>
public interface IBalanceCache
{
    /// <summary>The cached account, or null where it holds none or must not be asked now. Never throws for an outage.</summary>
    Task<Reading<Account>?> FindAsync(string userId, CancellationToken cancellationToken);

    /// <summary>
    /// Writes accounts through after a commit and before the callers are answered, in the order of the commits; answers
    /// that were replayed count too, for their first answer may have been lost. Never throws for an outage: it then stops
    /// serving until it can be trusted again.
    /// </summary>
    Task WriteThroughAsync(IReadOnlyList<Account> accounts, CancellationToken cancellationToken);

    /// <summary>To be called before the ledger is read for <see cref="FillAsync"/>: what is written in between makes the ticket void.</summary>
    CacheTicket BeginFill(string userId);

    /// <summary>Keeps what a reader has read from the ledger, unless a writer has written since. Never throws for an outage.</summary>
    /// <param name="ticket">From <see cref="BeginFill"/>, asked for before the ledger was read.</param>
    /// <param name="account">What was read.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task FillAsync(CacheTicket ticket, Account account, CancellationToken cancellationToken);

    /// <summary>Stops serving what is cached, for good: after it was said, nothing that was cached before is ever answered.</summary>
    /// <param name="reason">Why, for a person; such as that an operation is in doubt.</param>
    void Distrust(string reason);
}

/// <summary>What a cache knew before a reader went to the ledger. The default one fills nothing.</summary>
/// <param name="Generation">The generation of keys that was served, or 0 where none was.</param>
/// <param name="Writes">How often accounts like this one had been written.</param>
public readonly record struct CacheTicket(long Generation, long Writes);

/// <summary>The copy of balances for analytics; the last resort of a lookup.</summary>
public interface IBalanceCopy
{
    /// <summary>The copied account, marked stale, or null where it holds none.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be reached.</exception>
    Task<Reading<Account>?> FindAsync(string userId, CancellationToken cancellationToken);
}

/// <summary>Leaderboards kept ready for reading.</summary>
public interface ILeaderboardCache
{
    /// <summary>A part of a leaderboard, or null where it is not ready or must not be asked now.</summary>
    Task<Reading<IReadOnlyList<LeaderboardRow>>?> FindAsync(LeaderboardQuery query, CancellationToken cancellationToken);

    /// <summary>A user's own row with those above and below, or null where it is not known here, or must not be asked now.</summary>
    Task<Reading<IReadOnlyList<LeaderboardRow>>?> FindAroundAsync(AroundQuery query, CancellationToken cancellationToken);
}

/// <summary>A store cannot be reached or does not take writes.</summary>
public sealed class StoreUnavailableException : Exception
{
    /// <summary>Names the store and what happened.</summary>
    /// <param name="store">The store.</param>
    /// <param name="message">What happened, for a person.</param>
    /// <param name="mayHaveHappened">Whether a write may have been done although no answer came.</param>
    /// <param name="innerException">The driver's exception.</param>
    public StoreUnavailableException(StoreKind store, string message, bool mayHaveHappened = false, Exception? innerException = null)
        : base(message, innerException)
    {
        Store = store;
        MayHaveHappened = mayHaveHappened;
    }

    /// <summary>The store.</summary>
    public StoreKind Store { get; }

    /// <summary>Whether a write may have been done although no answer came; the same key tells.</summary>
    public bool MayHaveHappened { get; }

    /// <summary>Whether it is the instance that owns the ledger that cannot be reached from this one.</summary>
    public bool IsOwnerAway { get; init; }

    /// <summary>Whether something answers in that instance's place whose certificate this one does not trust.</summary>
    public bool IsOwnerDistrusted { get; init; }
}

/// <summary>Too much is waiting to be written; nothing of this request was.</summary>
/// <param name="waiting">The number of operations that wait.</param>
/// <param name="retryAfter">When to try again.</param>
public sealed class LedgerBusyException(int waiting, TimeSpan retryAfter)
    : Exception($"{waiting} operations are waiting to be written. Try again in {retryAfter.TotalSeconds:0.#} s with the same key.")
{
    /// <summary>When to try again.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
