namespace GavatDashboard.Domain.Coins;

/// <summary>What kind of member a user is.</summary>
public enum UserType
{
    /// <summary>An ordinary member.</summary>
    Member,

    /// <summary>Somebody whose content others pay for.</summary>
    Creator,

    /// <summary>A member with privileges.</summary>
    Vip,

    /// <summary>An administrator of the community.</summary>
    Admin,
}

/// <summary>A member of the community.</summary>
public sealed record User
{
    /// <summary>The longest id or username, in characters.</summary>
    public const int MaxNameLength = 64;

    /// <summary>Identity: 1 to 64 letters, digits, and <c>. _ @ -</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The name people know the user by.</summary>
    public required string Username { get; init; }

    /// <summary>The kind of member.</summary>
    public UserType Type { get; init; }

    /// <summary>When the user registered (UTC).</summary>
    public required DateTimeOffset RegisteredAt { get; init; }

    /// <summary>The last entry or activity (UTC), or null where there was none.</summary>
    public DateTimeOffset? LastActivityAt { get; init; }

    /// <summary>Whether a text may be a user's id.</summary>
    public static bool IsValidId(string? id) =>
        id is { Length: > 0 and <= MaxNameLength } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '@' or '-');
}

/// <summary>Something a user did, for the analyzer.</summary>
public sealed record ActivityEvent
{
    /// <summary>Identity, made at the edge.</summary>
    public required Guid Id { get; init; }

    /// <summary>Who did it.</summary>
    public required string UserId { get; init; }

    /// <summary>What was done, such as <c>message</c>, <c>login</c>, <c>view</c>; 1 to 64 characters.</summary>
    public required string Kind { get; init; }

    /// <summary>A JSON object of the caller's own (a device, a channel), or null.</summary>
    public string? Metadata { get; init; }

    /// <summary>When it happened (UTC, whole microseconds).</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Place in the ledger's log.</summary>
    public long Sequence { get; init; }
}
