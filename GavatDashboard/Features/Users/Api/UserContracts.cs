using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Api;

namespace GavatDashboard.Features.Users.Api;

/// <summary>The body that creates a user.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record UserBody
{
    [Description("1 to 64 letters, digits, '.', '_', '@' or '-'; a whole number is taken as a text."), JsonConverter(typeof(UserIdConverter)), DocumentedAs("id")]
    public string? UserId { get; init; }

    [Description("The name people know the user by, 1 to 64 characters.")]
    public string? Username { get; init; }

    [Description("member, creator, vip or admin; member unless told.")]
    public string? Type { get; init; }
}

/// <summary>The body of an activity event.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ActivityBody
{
    [Description("What was done, such as message, login or view; 1 to 64 characters.")]
    public string? Kind { get; init; }

    [Description("A JSON object of your own, at most 8,192 characters."), DocumentedAs("object")]
    public JsonElement? Metadata { get; init; }

    [Description("When it happened, with its offset, such as 2026-05-29T10:15:30Z; now unless told.")]
    public string? At { get; init; }
}

/// <summary>A user.</summary>
internal sealed record UserAnswer(
    string UserId,
    string Username,
    [property: Description("member, creator, vip or admin.")] string Type,
    DateTime RegisteredAt,
    [property: Description("The last entry or activity (UTC); null where there was none.")] DateTime? LastActivityAt)
{
    public static UserAnswer Of(User user) => new(
        user.Id, user.Username, user.Type.ToCode(), user.RegisteredAt.UtcDateTime, user.LastActivityAt?.UtcDateTime);
}

/// <summary>Users that were found, the best match first.</summary>
internal sealed record UsersAnswer(IReadOnlyList<UserAnswer> Items);

/// <summary>An activity event.</summary>
internal sealed record ActivityAnswer(
    Guid EventId,
    string UserId,
    string Kind,
    [property: DocumentedAs("object")] JsonElement? Metadata,
    DateTime At,
    string IdempotencyKey,
    [property: Description("Whether an earlier request with the same key had noted it.")] bool Replayed);
