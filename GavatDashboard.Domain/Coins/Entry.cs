namespace GavatDashboard.Domain.Coins;

/// <summary>An immutable line of the ledger. A mistake is corrected by a reversing entry, never by a change.</summary>
public sealed record Entry
{
    /// <summary>Identity, made before the operation is written anywhere, so that every store holds the same one.</summary>
    public required Guid Id { get; init; }

    /// <summary>Place in the ledger's log, ascending. The log also holds events without an entry, so numbers may be skipped.</summary>
    public required long Sequence { get; init; }

    /// <summary>The user whose account it moves.</summary>
    public required string UserId { get; init; }

    /// <summary>What kind of entry it is.</summary>
    public required EntryType Type { get; init; }

    /// <summary>Signed coins: positive to the user, negative from the user.</summary>
    public required CoinAmount Amount { get; init; }

    /// <summary>The user's balance after this entry, in coins.</summary>
    public required CoinAmount BalanceAfter { get; init; }

    /// <summary>The system account on the other side.</summary>
    public required string ContraAccount { get; init; }

    /// <summary>Words for a person, or null.</summary>
    public string? Description { get; init; }

    /// <summary>Another user who has to do with it, such as the creator who was written to.</summary>
    public string? RelatedUserId { get; init; }

    /// <summary>A JSON object of the caller's own, or null.</summary>
    public string? Metadata { get; init; }

    /// <summary>The entry that this one reverses, or null.</summary>
    public Guid? ReversalOf { get; init; }

    /// <summary>The key that makes the operation happen once, however often it is sent.</summary>
    public required string IdempotencyKey { get; init; }

    /// <summary>SHA-256 of what was asked for; the same key with another body is refused.</summary>
    public required byte[] RequestHash { get; init; }

    /// <summary>When it took effect (UTC, whole microseconds). In an import this is the date in the file.</summary>
    public required DateTimeOffset EffectiveAt { get; init; }

    /// <summary>When the ledger wrote it (UTC, whole microseconds).</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>Who did it: a console user, an API key, an import, the system.</summary>
    public required string Actor { get; init; }

    /// <summary>The store epoch under which it was accepted.</summary>
    public required long Epoch { get; init; }

    /// <summary>SHA-256 over the previous entry's chain hash and this entry: the ledger's tamper evidence.</summary>
    public required byte[] ChainHash { get; init; }
}
