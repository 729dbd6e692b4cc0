using System.Text.Json;

namespace GavatDashboard.Domain.Coins;

/// <summary>What people and programs ask of the coin economy: it checks the request and hands it to the ledger.</summary>
/// <remarks>A refusal is a value. See <see cref="ILedgerWriter.WriteAsync"/> for what is thrown.</remarks>
public sealed class CoinService(ILedgerWriter writer, ILedgerStores stores)
{
    /// <summary>The longest description or reason, in characters.</summary>
    public const int MaxTextLength = 500;

    /// <summary>The longest metadata, in characters of JSON.</summary>
    public const int MaxMetadataLength = 8_192;

    /// <summary>Earns or spends coins.</summary>
    public async Task<OperationResult> PostAsync(PostingRequest request, CancellationToken cancellationToken) =>
        Check(request, out var operation) is { } refused
            ? refused
            : await writer.WriteAsync(operation, cancellationToken);

    /// <summary>Decides what <see cref="PostAsync"/> would answer, and changes nothing.</summary>
    public async Task<OperationResult> PreviewAsync(PostingRequest request, CancellationToken cancellationToken) =>
        Check(request, out var operation) is { } refused
            ? refused
            : await stores.Current.PreviewAsync(operation, cancellationToken);

    /// <summary>Undoes an entry with an opposite one.</summary>
    /// <param name="entryId">The entry to reverse.</param>
    /// <param name="reason">Why, 1 to 500 characters.</param>
    /// <param name="idempotencyKey">The key under which it happens once.</param>
    /// <param name="actor">Who does it.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<OperationResult> ReverseAsync(
        Guid entryId, string reason, string idempotencyKey, string actor, CancellationToken cancellationToken) =>
        await FindReversalAsync(entryId, reason, idempotencyKey, actor, cancellationToken) switch
        {
            ({ } reversal, _) => await writer.WriteAsync(reversal, cancellationToken),
            (_, var refused) => refused!,
        };

    /// <summary>Decides what <see cref="ReverseAsync"/> would answer, and changes nothing.</summary>
    public async Task<OperationResult> PreviewReversalAsync(
        Guid entryId, string reason, string idempotencyKey, string actor, CancellationToken cancellationToken) =>
        await FindReversalAsync(entryId, reason, idempotencyKey, actor, cancellationToken) switch
        {
            ({ } reversal, _) => await stores.Current.PreviewAsync(reversal, cancellationToken),
            (_, var refused) => refused!,
        };

    /// <summary>Checks a reason that a person gave.</summary>
    /// <returns>Null where it will do.</returns>
    public static OperationResult? CheckReason(string? reason) => CheckRequired("reason", reason, MaxTextLength);

    private async Task<(ReverseEntry? Reversal, OperationResult? Refused)> FindReversalAsync(
        Guid entryId, string reason, string idempotencyKey, string actor, CancellationToken cancellationToken)
    {
        if ((CheckKey(idempotencyKey) ?? CheckRequired("reason", reason, MaxTextLength)) is { } refused)
        {
            return (null, refused);
        }

        var original = await stores.Current.FindEntryAsync(entryId, cancellationToken);
        return original is null
            ? (null, Refuse.UnknownEntry(entryId))
            : (new ReverseEntry { IdempotencyKey = idempotencyKey, Actor = actor, UserId = original.UserId, OriginalEntryId = entryId, Reason = reason }, null);
    }

    /// <summary>Registers a user with an empty account.</summary>
    /// <param name="userId">The id, see <see cref="User.IsValidId"/>.</param>
    /// <param name="username">1 to 64 characters, without control characters.</param>
    /// <param name="type">The kind of member.</param>
    /// <param name="actor">Who does it.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<OperationResult> CreateUserAsync(
        string? userId, string? username, UserType type, string actor, CancellationToken cancellationToken)
    {
        if ((CheckUserId("userId", userId) ?? CheckRequired("username", username, User.MaxNameLength)) is { } refused)
        {
            return refused;
        }

        var create = new CreateUser { IdempotencyKey = $"user:{Guid.CreateVersion7():N}", Actor = actor, UserId = userId!, Username = username!, Type = type };
        return await writer.WriteAsync(create, cancellationToken);
    }

    /// <summary>Pins a user's tier beside the computed one, or takes the pin away.</summary>
    /// <param name="userId">Whose tier.</param>
    /// <param name="tier">The tier to pin; null takes the pin away.</param>
    /// <param name="reason">Why, 1 to 500 characters.</param>
    /// <param name="expiresAt">When the pin ends (UTC), or null.</param>
    /// <param name="idempotencyKey">The key under which it happens once.</param>
    /// <param name="actor">The admin.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<OperationResult> PinTierAsync(
        string userId, Tier? tier, string reason, DateTimeOffset? expiresAt, string idempotencyKey, string actor, CancellationToken cancellationToken) =>
        (CheckKey(idempotencyKey) ?? CheckRequired("reason", reason, MaxTextLength)) is { } refused
            ? refused
            : await writer.WriteAsync(
                new PinTier { IdempotencyKey = idempotencyKey, Actor = actor, UserId = userId, Tier = tier, Reason = reason, ExpiresAt = expiresAt },
                cancellationToken);

    /// <summary>Notes something a user did, for the analyzer.</summary>
    /// <param name="userId">Who.</param>
    /// <param name="kind">What, 1 to 64 characters.</param>
    /// <param name="metadata">A JSON object, or null.</param>
    /// <param name="at">When (UTC); null for now.</param>
    /// <param name="idempotencyKey">The key under which it is noted once.</param>
    /// <param name="actor">Who says so.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<OperationResult> RecordActivityAsync(
        string userId, string? kind, string? metadata, DateTimeOffset? at, string idempotencyKey, string actor, CancellationToken cancellationToken) =>
        (CheckKey(idempotencyKey) ?? CheckRequired("kind", kind, User.MaxNameLength) ?? CheckMetadata(metadata)) is { } refused
            ? refused
            : await writer.WriteAsync(
                new RecordActivity { IdempotencyKey = idempotencyKey, Actor = actor, UserId = userId, Kind = kind!, Metadata = metadata, At = at },
                cancellationToken);

    /// <summary>Publishes prices, limits and tier thresholds.</summary>
    public async Task<OperationResult> ChangePolicyAsync(LedgerPolicy policy, string idempotencyKey, string actor, CancellationToken cancellationToken) =>
        CheckKey(idempotencyKey) is { } refused
            ? refused
            : await writer.WriteAsync(
                new ChangePolicy { IdempotencyKey = idempotencyKey, Actor = actor, UserId = string.Empty, Policy = policy }, cancellationToken);

    private static OperationResult.Refused? Check(PostingRequest request, out PostCoins operation)
    {
        operation = null!;
        var related = request.RelatedUserId;
        if ((CheckKey(request.IdempotencyKey)
            ?? CheckText("description", request.Description, MaxTextLength)
            ?? CheckMetadata(request.Metadata)
            ?? (related is null ? null : CheckUserId("relatedUserId", related))) is { } refused)
        {
            return refused;
        }

        if (!EntryType.TryFind(request.Type, out var type) || type.Direction != request.Direction)
        {
            return Refuse.UnknownType(request.Type, request.Direction);
        }

        if (request.Amount is { } coins && (coins < 1 || coins > CoinAmount.MaxOperation.Value))
        {
            return Refuse.AmountOutOfRange(new CoinAmount(coins));
        }

        operation = new PostCoins
        {
            IdempotencyKey = request.IdempotencyKey,
            Actor = request.Actor,
            UserId = request.UserId,
            Type = type,
            Amount = request.Amount is { } amount ? new CoinAmount(amount) : null,
            Description = request.Description,
            RelatedUserId = request.RelatedUserId,
            Metadata = request.Metadata,
        };
        return null;
    }

    private static OperationResult.Refused? CheckKey(string? key) =>
        key is { Length: > 0 and <= LedgerOperation.MaxKeyLength } && !key.Any(char.IsControl)
            ? null
            : Refuse.Invalid($"The idempotency key must be 1 to {LedgerOperation.MaxKeyLength} characters without control characters.");

    private static OperationResult.Refused? CheckUserId(string field, string? userId) =>
        User.IsValidId(userId) ? null : Refuse.Invalid($"{field}: '{userId}' is no user id. Use 1 to {User.MaxNameLength} letters, digits, '.', '_', '@' or '-'.");

    private static OperationResult.Refused? CheckRequired(string field, string? text, int maxLength) =>
        string.IsNullOrWhiteSpace(text) ? Refuse.Invalid($"{field}: it is missing. Give 1 to {maxLength} characters.") : CheckText(field, text, maxLength);

    private static OperationResult.Refused? CheckText(string field, string? text, int maxLength) =>
        text is null || (text.Length <= maxLength && !text.Any(c => char.IsControl(c) && c is not ('\n' or '\t' or '\r')))
            ? null
            : Refuse.Invalid($"{field}: give at most {maxLength} characters without control characters.");

    private static OperationResult.Refused? CheckMetadata(string? metadata)
    {
        if (metadata is null)
        {
            return null;
        }

        if (metadata.Length > MaxMetadataLength || metadata.Contains('\0') || metadata.Contains("\\u0000", StringComparison.OrdinalIgnoreCase))
        {
            return Refuse.Invalid($"metadata: give at most {MaxMetadataLength} characters of JSON without null characters.");
        }

        try
        {
            using var document = JsonDocument.Parse(metadata);
            return document.RootElement.ValueKind == JsonValueKind.Object ? null : Refuse.Invalid("metadata: give a JSON object.");
        }
        catch (JsonException exception)
        {
            return Refuse.Invalid($"metadata: it is no JSON: {exception.Message}");
        }
    }
}

/// <summary>A request to earn or spend, as it comes from outside: nothing of it has been checked.</summary>
public sealed record PostingRequest
{
    /// <summary>Whose account.</summary>
    public required string UserId { get; init; }

    /// <summary>Which way the coins shall go; the type must fit.</summary>
    public required EntryDirection Direction { get; init; }

    /// <summary>The code of an entry type.</summary>
    public required string? Type { get; init; }

    /// <summary>Coins, or null for the price.</summary>
    public long? Amount { get; init; }

    /// <summary>Words for a person, at most 500 characters, or null.</summary>
    public string? Description { get; init; }

    /// <summary>Another user who has to do with it, or null.</summary>
    public string? RelatedUserId { get; init; }

    /// <summary>A JSON object, at most 8,192 characters, or null.</summary>
    public string? Metadata { get; init; }

    /// <summary>1 to 200 characters.</summary>
    public required string IdempotencyKey { get; init; }

    /// <summary>Who asks.</summary>
    public required string Actor { get; init; }
}
