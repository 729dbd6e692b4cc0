namespace GavatDashboard.Domain.Coins;

/// <summary>The end of the ledger's log: what the next write builds upon, and what fences a writer that has been replaced.</summary>
/// <param name="Epoch">The number of the reign; one writer an epoch.</param>
/// <param name="Sequence">The last place used in the log.</param>
/// <param name="ChainHash">The chain hash of the last entry; 32 zero bytes before the first.</param>
/// <param name="Revision">Goes up by one with every batch; whoever holds the newest knows that nothing changed since.</param>
public sealed record LedgerHead(long Epoch, long Sequence, byte[] ChainHash, long Revision)
{
    /// <summary>The head of an empty ledger.</summary>
    public static LedgerHead Empty { get; } = new(1, 0, new byte[32], 0);

    /// <summary>Whether both are the same place of the same chain, in the same reign.</summary>
    public bool IsSame(LedgerHead other) => Revision == other.Revision && Epoch == other.Epoch && ChainHash.AsSpan().SequenceEqual(other.ChainHash);
}

/// <summary>An answer kept under an idempotency key that made no entry.</summary>
/// <param name="IdempotencyKey">The key.</param>
/// <param name="RequestHash">SHA-256 of what was asked for.</param>
/// <param name="UserId">The user concerned.</param>
/// <param name="Kind"><c>refused</c>, <c>pin</c>, <c>activity</c>, <c>policy</c> or <c>user</c>.</param>
/// <param name="Refusal">The refusal, or null where the operation was done.</param>
/// <param name="At">When it was decided (UTC).</param>
public sealed record KeptAnswer(
    string IdempotencyKey, byte[] RequestHash, string UserId, string Kind, Refusal? Refusal, DateTimeOffset At);

/// <summary>What a batch needs to know before it can be decided.</summary>
public sealed record LedgerReads
{
    /// <summary>Accounts and users.</summary>
    public required IReadOnlyCollection<string> UserIds { get; init; }

    /// <summary>Idempotency keys.</summary>
    public required IReadOnlyCollection<string> Keys { get; init; }

    /// <summary>Entries that shall be reversed.</summary>
    public required IReadOnlyCollection<Guid> OriginalEntryIds { get; init; }

    /// <summary>The UTC day of which the usage counts.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>What a list of operations needs.</summary>
    public static LedgerReads For(IReadOnlyList<LedgerOperation> operations, DateTimeOffset now) => new()
    {
        UserIds = operations.Select(operation => operation.UserId).Where(id => id.Length > 0).Distinct(StringComparer.Ordinal).ToArray(),
        Keys = operations.Select(operation => operation.IdempotencyKey).Distinct(StringComparer.Ordinal).ToArray(),
        OriginalEntryIds = operations.OfType<ReverseEntry>().Select(operation => operation.OriginalEntryId).Distinct().ToArray(),
        Day = DateOnly.FromDateTime(now.UtcDateTime),
    };
}

/// <summary>What a store knows of the things named in <see cref="LedgerReads"/>.</summary>
public sealed class LedgerState
{
    /// <summary>The end of the log.</summary>
    public required LedgerHead Head { get; set; }

    /// <summary>What admins have set.</summary>
    public required LedgerPolicy Policy { get; set; }

    /// <summary>Accounts by user id.</summary>
    public Dictionary<string, Account> Accounts { get; } = new(StringComparer.Ordinal);

    /// <summary>Users by id.</summary>
    public Dictionary<string, User> Users { get; } = new(StringComparer.Ordinal);

    /// <summary>Usage of the day by user id.</summary>
    public Dictionary<string, DayUsage> Usage { get; } = new(StringComparer.Ordinal);

    /// <summary>Entries by the idempotency key that posted them.</summary>
    public Dictionary<string, Entry> EntriesByKey { get; } = new(StringComparer.Ordinal);

    /// <summary>Other answers by idempotency key.</summary>
    public Dictionary<string, KeptAnswer> AnswersByKey { get; } = new(StringComparer.Ordinal);

    /// <summary>Entries that shall be reversed, by id.</summary>
    public Dictionary<Guid, Entry> Originals { get; } = [];

    /// <summary>The ids of those that have been reversed already.</summary>
    public HashSet<Guid> Reversed { get; } = [];
}
