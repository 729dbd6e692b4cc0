using System.ComponentModel;
using System.Globalization;
using System.Text;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Api;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Security;
using GavatDashboard.Shared.Text;

namespace GavatDashboard.Features.Analysis.Api;

/// <summary>Profiles, segments, risk and alerts.</summary>
internal static class AnalysisEndpoints
{
    private const int DefaultRows = 50;
    private const int MostRows = 1_000;
    private static readonly Dictionary<string, AlertState> States = Enum.GetValues<AlertState>().ToDictionary(state => state.ToCode(), StringComparer.Ordinal);
    private static readonly Dictionary<string, RiskLevel> Levels = Enum.GetValues<RiskLevel>().ToDictionary(level => AnalysisCodes.ToCode(level), StringComparer.Ordinal);

    public static void MapAnalysis(this IEndpointRouteBuilder app)
    {
        var group = app.MapApiGroup("Analysis");
        group.MapGet("/users/{userId}/profile", GetProfileAsync).RequireAuthorization(Policies.UsersRead)
            .WithName("GetProfile").WithSummary("What the analyzer says of a user, and why")
            .WithDescription("A profile is at most 30 minutes old; with `refresh=true` it is made anew from the ledger as it stands.")
            .Produces<ProfileAnswer>().MayAnswer(Refusal.InvalidRequest, Refusal.UnknownUser);
        group.MapGet("/segments", GetSegmentsAsync).RequireAuthorization(Policies.UsersRead)
            .WithName("GetSegments").WithSummary("Users by segment and risk, and how they moved")
            .Produces<SegmentsAnswer>().MayAnswer(Refusal.InvalidRequest);
        group.MapGet("/segments/{segment}/members", GetMembersAsync).RequireAuthorization(Policies.UsersRead)
            .WithName("GetSegmentMembers").WithSummary("Members of a segment by id, as JSON in pages or all of them as CSV")
            .Produces<MembersAnswer>(StatusCodes.Status200OK, "application/json", "text/csv").MayAnswer(Refusal.InvalidRequest, ProblemCatalog.NotFound);
        group.MapGet("/risk/high", GetHighRiskAsync).RequireAuthorization(Policies.UsersRead)
            .WithName("GetHighRisk").WithSummary("Users of high or critical risk, the riskiest first")
            .Produces<MembersAnswer>().MayAnswer(Refusal.InvalidRequest);
        group.MapPost("/users/{userId}/flags/{rule}/dismiss", DismissAsync).RequireAuthorization(Policies.ApiAdmin)
            .WithName("DismissFlag").WithSummary("Dismiss a flag until its evidence changes")
            .Produces<ProfileAnswer>().MayAnswer(Refusal.InvalidRequest, ProblemCatalog.NotFound, ProblemCatalog.BodyTooLarge, ProblemCatalog.UnsupportedMediaType)
            .WithExample("""{"reason":"Family shares a tablet; checked by phone."}""");
        group.MapPost("/users/{userId}/flags/{rule}/restore", RestoreAsync).RequireAuthorization(Policies.ApiAdmin)
            .WithName("RestoreFlag").WithSummary("Take a dismissal back")
            .Produces<ProfileAnswer>().MayAnswer(Refusal.InvalidRequest, ProblemCatalog.NotFound);
        group.MapGet("/alerts", GetAlertsAsync).RequireAuthorization(Policies.UsersRead)
            .WithName("GetAlerts").WithSummary("Alerts, the newest first; those that are not resolved unless a state is named")
            .Produces<AlertsAnswer>().MayAnswer(Refusal.InvalidRequest);
        MapMove(group, "acknowledge", AlertState.Acknowledged);
        MapMove(group, "resolve", AlertState.Resolved);
    }

    private static void MapMove(RouteGroupBuilder group, string verb, AlertState state) =>
        group.MapPost($"/alerts/{{alertId}}/{verb}", async (string alertId, NoteBody body, AlertService alerts, HttpContext context) =>
        {
            if (body.Note is { } note && (note.Length > AlertService.MaxNoteLength || note.Any(char.IsControl)))
            {
                return ApiProblem.Invalid($"note: give at most {AlertService.MaxNoteLength} characters without control characters.");
            }

            return Guid.TryParse(alertId, out var id) && await alerts.MoveAsync(id, state, body.Note, AuditActors.Of(context.User), context.RequestAborted) is { } alert
                ? Results.Ok(AlertAnswer.Of(alert, await alerts.FindNameAsync(alert, context.RequestAborted)))
                : ApiProblem.Of(ProblemCatalog.NotFound, "There is no such alert.");
        })
            .RequireAuthorization(Policies.ApiAdmin).WithName($"{char.ToUpperInvariant(verb[0])}{verb[1..]}Alert").WithSummary($"{char.ToUpperInvariant(verb[0])}{verb[1..]} an alert")
            .Produces<AlertAnswer>().MayAnswer(Refusal.InvalidRequest, ProblemCatalog.NotFound, ProblemCatalog.BodyTooLarge, ProblemCatalog.UnsupportedMediaType);

    private static async Task<IResult> GetProfileAsync(
        string userId, [Description("true to have it made anew.")] bool? refresh, ProfileService profiles, CancellationToken cancellationToken) =>
        User.IsValidId(userId) && await profiles.FindAsync(userId, refresh ?? false, cancellationToken) is { } reading
            ? Results.Ok(ProfileAnswer.Of(reading))
            : ApiProblem.Of(Refuse.UnknownUser(userId).Refusal);

    private static async Task<IResult> GetSegmentsAsync(
        [Description("How far back movement is told, 1 to 365 days; 30 unless told.")] int? days, SegmentService segments, CancellationToken cancellationToken)
    {
        if (days is < 1 or > 365)
        {
            return ApiProblem.Invalid("days: give a number between 1 and 365.");
        }

        var statistics = await segments.ReadAsync(cancellationToken);
        var moves = await segments.ReadMovesAsync(days ?? 30, cancellationToken);
        return Results.Ok(new SegmentsAnswer(
            statistics.Segments, statistics.Risks, [.. moves.Select(move => new MoveAnswer(move.From is { } from ? AnalysisCodes.ToCode(from) : null, AnalysisCodes.ToCode(move.To), move.Users))],
            days ?? 30, statistics.AsOf.UtcDateTime));
    }

    private static async Task<IResult> GetMembersAsync(
        string segment, [Description("json or csv; json unless told.")] string? format, [Description("The last id of the page before.")] string? after,
        [Description("1 to 1,000 users; 50 unless told. A CSV file holds all.")] int? limit, SegmentService segments, CancellationToken cancellationToken)
    {
        if (AnalysisCodes.FindSegment(segment) is not { } found)
        {
            return ApiProblem.Of(ProblemCatalog.NotFound, $"There is no such segment; use one of: {string.Join(", ", AnalysisCodes.Segments.Select(AnalysisCodes.ToCode))}.");
        }

        if (limit is < 1 or > MostRows || (after is { Length: > 0 } && !User.IsValidId(after)))
        {
            return ApiProblem.Invalid($"limit: give a number between 1 and {MostRows}; after: give a user's id.");
        }

        return format switch
        {
            null or "" or "json" => Results.Ok(MembersAnswer.Of(await segments.ListMembersAsync(found, after ?? string.Empty, limit ?? DefaultRows, cancellationToken))),
            "csv" => Results.Stream(stream => WriteAsync(stream, found, segments, cancellationToken), "text/csv; charset=utf-8", $"segment-{AnalysisCodes.ToCode(found)}.csv"),
            _ => ApiProblem.Invalid("format: use one of: json, csv."),
        };
    }

    private static async Task WriteAsync(Stream stream, Segment segment, SegmentService segments, CancellationToken cancellationToken)
    {
        await using var text = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\r\n" };
        await text.WriteLineAsync("user_id,segment,rule,risk_level,risk_points,flags,score,engagement,recency_days,active_days_90d,spent_90d,alive_percent,expected_coins_12w,analysed_at,rule_set,username".AsMemory(), cancellationToken);
        var after = string.Empty;
        while (await segments.ListMembersAsync(segment, after, MostRows, cancellationToken) is { Items.Count: > 0 } page)
        {
            foreach (var profile in page.Items)
            {
                await text.WriteLineAsync(Line(profile, page.NameOf(profile.UserId)).AsMemory(), cancellationToken);
            }

            after = page.Items[^1].UserId;
        }
    }

    private static string Line(UserProfile profile, string? username) => string.Join(
        ',',
        CsvField.Quote(profile.UserId), AnalysisCodes.ToCode(profile.Segment), CsvField.Quote(profile.DecidedBy.Rule), AnalysisCodes.ToCode(profile.RiskLevel), Number(profile.RiskPoints),
        CsvField.Quote(string.Join(' ', profile.RedFlags.Where(flag => flag.Dismissal is null).Select(flag => flag.Rule))), Number(profile.Score), Number(profile.Engagement),
        Number(profile.Rfm.RecencyDays), Number(profile.Rfm.Frequency), Number(profile.Rfm.Monetary), Number(profile.Outlook?.AlivePercent), Number(profile.Outlook?.Coins),
        profile.AnalysedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), CsvField.Quote(profile.RuleSetVersion), CsvField.Quote(username));

    private static string? Number(long? value) => value?.ToString(CultureInfo.InvariantCulture);

    private static async Task<IResult> GetHighRiskAsync(
        [Description("The lowest level: low, medium, high or critical; high unless told.")] string? level, [Description("1 to 1,000 users; 50 unless told.")] int? limit,
        SegmentService segments, CancellationToken cancellationToken)
    {
        if (!ApiCodes.TryRead("level", level, Levels, RiskLevel.High, out var atLeast, out var problem))
        {
            return problem;
        }

        return limit is < 1 or > MostRows
            ? ApiProblem.Invalid($"limit: give a number between 1 and {MostRows}.")
            : Results.Ok(MembersAnswer.Of(await segments.ListRiskAsync(atLeast, limit ?? DefaultRows, cancellationToken)));
    }

    private static async Task<IResult> DismissAsync(string userId, string rule, ReasonBody body, FlagReview review, ILedgerStores stores, HttpContext context)
    {
        if (body.Reason is not { Length: > 0 and <= FlagReview.MaxReasonLength } reason || string.IsNullOrWhiteSpace(reason) || reason.Any(char.IsControl))
        {
            return ApiProblem.Invalid($"reason: say in 1 to {FlagReview.MaxReasonLength} characters why the flag is harmless.");
        }

        var profile = User.IsValidId(userId) ? await review.DismissAsync(userId, rule, reason, AuditActors.Of(context.User), context.RequestAborted) : null;
        return Answer(profile, stores, "The user has no such flag now.");
    }

    private static async Task<IResult> RestoreAsync(string userId, string rule, FlagReview review, ILedgerStores stores, HttpContext context)
    {
        var profile = User.IsValidId(userId) ? await review.RestoreAsync(userId, rule, AuditActors.Of(context.User), context.RequestAborted) : null;
        return Answer(profile, stores, "No such flag of this user was dismissed.");
    }

    private static IResult Answer(UserProfile? profile, ILedgerStores stores, string missing) => profile is null
        ? ApiProblem.Of(ProblemCatalog.NotFound, missing)
        : Results.Ok(ProfileAnswer.Of(new(profile, profile.AnalysedAt, stores.Current.Kind)));

    private static async Task<IResult> GetAlertsAsync(
        [Description("open, acknowledged or resolved.")] string? state, [Description("1 to 1,000 alerts; 50 unless told.")] int? limit, AlertService alerts, CancellationToken cancellationToken)
    {
        if (!ApiCodes.TryRead("state", state, States, AlertState.Open, out var only, out var problem))
        {
            return problem;
        }

        return limit is < 1 or > MostRows
            ? ApiProblem.Invalid($"limit: give a number between 1 and {MostRows}.")
            : Results.Ok(AlertsAnswer.Of(await alerts.ListAsync(string.IsNullOrEmpty(state) ? null : only, limit ?? DefaultRows, cancellationToken)));
    }
}
