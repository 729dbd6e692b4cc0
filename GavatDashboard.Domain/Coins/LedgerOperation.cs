using System.Security.Cryptography;
using System.Text;

namespace GavatDashboard.Domain.Coins;

/// <summary>Something the ledger is asked to do. It happens wholly or not at all, and once however often it is sent.</summary>
public abstract record LedgerOperation
{
    /// <summary>The longest idempotency key, in characters.</summary>
    public const int MaxKeyLength = 200;

    /// <summary>The key under which it happens at most once, for ever.</summary>
    public required string IdempotencyKey { get; init; }

    /// <summary>Who asks: a console user, an API key, an import, the system.</summary>
    public required string Actor { get; init; }

    /// <summary>The user whose account it concerns.</summary>
    public required string UserId { get; init; }

    /// <summary>SHA-256 over the kind of operation and what it asks for; the actor and the time are no part of it.</summary>
    public byte[] ComputeRequestHash() => HashOf(CanonicalParts());

    /// <summary>The parts that make two requests the same request, in a fixed order.</summary>
    protected abstract IEnumerable<string?> CanonicalParts();

    private byte[] HashOf(IEnumerable<string?> parts)
    {
        // Each part carries its length, so that ("ab", "c") and ("a", "bc") differ.
        var input = HashInput.Begin().Add(GetType().Name);
        AddPart(input, UserId);
        foreach (var part in parts)
        {
            AddPart(input, part);
        }

        return input.ToHash();
    }

    private static void AddPart(HashInput input, string? part)
    {
        input.Add("|"u8);
        if (part is not null)
        {
            Span<char> length = stackalloc char[11];
            part.Length.TryFormat(length, out var digits, provider: System.Globalization.CultureInfo.InvariantCulture);
            input.Add(length[..digits]).Add(":"u8).Add(part);
        }
    }
}

/// <summary>Earns or spends coins.</summary>
public sealed record PostCoins : LedgerOperation
{
    /// <summary>The entry's identity; made by the caller so that every store holds the same one.</summary>
    public Guid EntryId { get; init; } = Guid.CreateVersion7();

    /// <summary>The kind of entry; not <see cref="EntryType.Reversal"/>.</summary>
    public required EntryType Type { get; init; }

    /// <summary>Coins to move, a positive number; null for the type's price.</summary>
    public CoinAmount? Amount { get; init; }

    /// <summary>Words for a person, or null.</summary>
    public string? Description { get; init; }

    /// <summary>Another user who has to do with it, or null.</summary>
    public string? RelatedUserId { get; init; }

    /// <summary>A JSON object, or null.</summary>
    public string? Metadata { get; init; }

    /// <summary>When it took effect, for history that is imported; null for now. Such an entry is outside the daily limits.</summary>
    public DateTimeOffset? EffectiveAt { get; init; }

    /// <inheritdoc />
    protected override IEnumerable<string?> CanonicalParts() =>
    [
        Type.Code, Amount?.ToString(), Description, RelatedUserId, Metadata,
        EffectiveAt?.UtcTicks.ToString(System.Globalization.CultureInfo.InvariantCulture),
    ];
}

/// <summary>Undoes an entry with an opposite one.</summary>
public sealed record ReverseEntry : LedgerOperation
{
    /// <summary>The reversing entry's identity.</summary>
    public Guid EntryId { get; init; } = Guid.CreateVersion7();

    /// <summary>The entry to reverse; it belongs to <see cref="LedgerOperation.UserId"/>.</summary>
    public required Guid OriginalEntryId { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <inheritdoc />
    protected override IEnumerable<string?> CanonicalParts() => [OriginalEntryId.ToString("N"), Reason];
}

/// <summary>Registers a user with an empty account.</summary>
public sealed record CreateUser : LedgerOperation
{
    /// <summary>The name people know the user by.</summary>
    public required string Username { get; init; }

    /// <summary>The kind of member.</summary>
    public UserType Type { get; init; }

    /// <summary>When the user registered, for history that is imported; null for now.</summary>
    public DateTimeOffset? RegisteredAt { get; init; }

    /// <inheritdoc />
    protected override IEnumerable<string?> CanonicalParts() => [Username, Type.ToString()];
}

/// <summary>Pins a user's tier, or takes the pin away.</summary>
public sealed record PinTier : LedgerOperation
{
    /// <summary>The tier to pin; null takes the pin away.</summary>
    public Tier? Tier { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>When the pin ends (UTC), or null.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <inheritdoc />
    protected override IEnumerable<string?> CanonicalParts() =>
        [Tier?.ToString(), Reason, ExpiresAt?.UtcTicks.ToString(System.Globalization.CultureInfo.InvariantCulture)];
}

/// <summary>Takes a user's computed tier over from the policy that holds: a change of the thresholds moves no account by itself. Done twice, it is done once.</summary>
public sealed record RefreshTier : LedgerOperation
{
    /// <inheritdoc />
    protected override IEnumerable<string?> CanonicalParts() => [];
}

/// <summary>Notes something a user did.</summary>
public sealed record RecordActivity : LedgerOperation
{
    /// <summary>The event's identity. It follows from the key, so that a request that is sent again names the same event.</summary>
    public Guid EventId => new(SHA256.HashData(Encoding.UTF8.GetBytes(IdempotencyKey)).AsSpan(0, 16));

    /// <summary>What was done; 1 to 64 characters.</summary>
    public required string Kind { get; init; }

    /// <summary>A JSON object, or null.</summary>
    public string? Metadata { get; init; }

    /// <summary>When it happened (UTC); null for now.</summary>
    public DateTimeOffset? At { get; init; }

    /// <inheritdoc />
    protected override IEnumerable<string?> CanonicalParts() =>
        [Kind, Metadata, At?.UtcTicks.ToString(System.Globalization.CultureInfo.InvariantCulture)];
}

/// <summary>Publishes prices, limits and tier thresholds. It concerns no user: <see cref="LedgerOperation.UserId"/> is empty.</summary>
public sealed record ChangePolicy : LedgerOperation
{
    /// <summary>What shall hold; its version must be the current one plus one.</summary>
    public required LedgerPolicy Policy { get; init; }

    /// <inheritdoc />
    protected override IEnumerable<string?> CanonicalParts() =>
    [
        Policy.Version.ToString(System.Globalization.CultureInfo.InvariantCulture),
        string.Join(',', Policy.Prices.OrderBy(price => price.Key, StringComparer.Ordinal).Select(price => $"{price.Key}={price.Value}")),
        Policy.EarnPerDay.ToString(), Policy.SpendPerDay.ToString(),
        Policy.MessagesPerDay.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Policy.SilverFrom.ToString(), Policy.GoldFrom.ToString(), Policy.PlatinumFrom.ToString(),
    ];
}
