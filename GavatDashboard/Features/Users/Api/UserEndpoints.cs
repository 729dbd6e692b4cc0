using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Api;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Security;

namespace GavatDashboard.Features.Users.Api;

/// <summary>Users and what they do.</summary>
internal static partial class UserEndpoints
{
    private const int DefaultRows = 20;
    private const int MostRows = 500;
    private const string UserExample = """{"userId":"42","username":"lara","type":"member","registeredAt":"2026-05-29T10:15:30.123456Z","lastActivityAt":null}""";
    private static readonly DateTimeOffset EarliestActivity = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    public static void MapUsers(this IEndpointRouteBuilder app)
    {
        var group = app.MapApiGroup("Users");
        group.MapPost("/users", CreateAsync).RequireAuthorization(Policies.UsersWrite)
            .WithName("CreateUser").WithSummary("Register a user with an empty account")
            .Produces<UserAnswer>(StatusCodes.Status201Created)
            .MayAnswer(Refusal.InvalidRequest, Refusal.UserExists, ProblemCatalog.BodyTooLarge, ProblemCatalog.UnsupportedMediaType, ProblemCatalog.LedgerBusy)
            .WithExample("""{"userId":"42","username":"lara","type":"member"}""", UserExample);
        group.MapGet("/users", SearchAsync).RequireAuthorization(Policies.UsersRead)
            .WithName("SearchUsers").WithSummary("Users by a part of the id or username")
            .Produces<UsersAnswer>().MayAnswer(Refusal.InvalidRequest)
            .WithExample(response: $$"""{"items":[{{UserExample}}]}""");
        group.MapGet("/users/{userId}", GetAsync).RequireAuthorization(Policies.UsersRead)
            .WithName("GetUser").WithSummary("One user")
            .Produces<UserAnswer>().MayAnswer(Refusal.UnknownUser)
            .WithExample(response: UserExample);
        group.MapPost("/users/{userId}/activity", RecordActivityAsync).RequireAuthorization(Policies.UsersWrite)
            .WithName("RecordActivity").WithSummary("Note something a user did, for the analyzer")
            .Produces<ActivityAnswer>().TakesKey()
            .MayAnswer(
                Refusal.InvalidRequest, Refusal.UnknownUser, Refusal.KeyReuse, ProblemCatalog.BodyTooLarge, ProblemCatalog.UnsupportedMediaType, ProblemCatalog.LedgerBusy)
            .WithExample(
                """{"kind":"login","metadata":{"device":"phone"},"at":"2026-05-29T10:15:30Z"}""",
                """
                {"eventId":"0197198a-1f00-7c2e-9a53-0b8f4f1f2a11","userId":"42","kind":"login","metadata":{"device":"phone"},"at":"2026-05-29T10:15:30Z",
                 "idempotencyKey":"login-991","replayed":false}
                """);
    }

    private static async Task<IResult> CreateAsync(UserBody body, CoinService coins, HttpContext context)
    {
        if (!ApiCodes.TryRead("type", body.Type, ApiCodes.UserTypes, UserType.Member, out var type, out var problem))
        {
            return problem;
        }

        if (body.Username is { } username && username.Any(char.IsControl))
        {
            return ApiProblem.Invalid($"username: give 1 to {User.MaxNameLength} characters without control characters.");
        }

        var result = await coins.CreateUserAsync(body.UserId, body.Username, type, AuditActors.Of(context.User), context.RequestAborted);
        return result switch
        {
            OperationResult.UserCreated created => Results.Created($"{ApiRoutes.V1}/users/{Uri.EscapeDataString(created.User.Id)}", UserAnswer.Of(created.User)),
            OperationResult.Refused refused => ApiProblem.Of(refused.Refusal),
            _ => throw new InvalidOperationException($"A registration was answered with {result.GetType().Name}."),
        };
    }

    private static async Task<IResult> SearchAsync(
        [Description("A part of the id or username, any case; absent for the most recently active users.")] string? q,
        [Description("1 to 500 users; 20 unless told.")] int? limit,
        ILedgerStores stores,
        CancellationToken cancellationToken)
    {
        if (limit is < 1 or > MostRows)
        {
            return ApiProblem.Invalid($"limit: give a number between 1 and {MostRows}.");
        }

        var text = q?.Trim() ?? string.Empty;
        if (text.Length > User.MaxNameLength || text.Any(char.IsControl))
        {
            return ApiProblem.Invalid($"q: give at most {User.MaxNameLength} characters without control characters.");
        }

        var users = await stores.Current.SearchUsersAsync(text, limit ?? DefaultRows, cancellationToken);
        return Results.Ok(new UsersAnswer([.. users.Select(UserAnswer.Of)]));
    }

    private static async Task<IResult> GetAsync(string userId, ILedgerStores stores, CancellationToken cancellationToken) =>
        User.IsValidId(userId) && await stores.Current.FindUserAsync(userId, cancellationToken) is { } user
            ? Results.Ok(UserAnswer.Of(user))
            : ApiProblem.Of(Refuse.UnknownUser(userId).Refusal);

    private static async Task<IResult> RecordActivityAsync(
        string userId, ActivityBody body, RequestKey key, CoinService coins, TimeProvider time, HttpContext context)
    {
        if (!User.IsValidId(userId))
        {
            return ApiProblem.Of(Refuse.UnknownUser(userId).Refusal);
        }

        if (!TryReadTime(body.At, time.GetUtcNow(), out var at))
        {
            return ApiProblem.Invalid("at: give a time between 2000 and now with its offset, such as 2026-05-29T10:15:30Z.");
        }

        if (body.Kind is { } kind && kind.Any(char.IsControl))
        {
            return ApiProblem.Invalid($"kind: give 1 to {User.MaxNameLength} characters without control characters.");
        }

        var metadata = body.Metadata is { } element ? ApiJson.Compact(element) : null;
        if (metadata is null && body.Metadata is not null)
        {
            return ApiProblem.Invalid("metadata: it holds text that is no Unicode.");
        }

        var result = await coins.RecordActivityAsync(userId, body.Kind, metadata, at, key.Value, AuditActors.Of(context.User), context.RequestAborted);
        return result switch
        {
            OperationResult.ActivityRecorded recorded => Results.Ok(Describe(recorded, key)),
            OperationResult.Refused refused => ApiProblem.Of(refused.Refusal),
            _ => throw new InvalidOperationException($"An activity was answered with {result.GetType().Name}."),
        };
    }

    private static ActivityAnswer Describe(OperationResult.ActivityRecorded recorded, RequestKey key)
    {
        var noted = recorded.Event;
        return new(noted.Id, noted.UserId, noted.Kind, ApiJson.Embed(noted.Metadata), noted.At.UtcDateTime, key.Value, recorded.Replayed);
    }

    private static bool TryReadTime(string? text, DateTimeOffset now, out DateTimeOffset? at)
    {
        at = null;
        if (text is null)
        {
            return true;
        }

        // The offset is asked for: a time without one would mean the server's own zone.
        if (!TimeWithOffset().IsMatch(text) || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed))
        {
            return false;
        }

        at = parsed.ToUniversalTime();
        return parsed >= EarliestActivity && parsed <= now + ClockTolerance;
    }

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,7})?)?(Z|[+-][0-9]{2}:[0-9]{2})\z", RegexOptions.CultureInvariant, 100)]
    private static partial Regex TimeWithOffset();
}
