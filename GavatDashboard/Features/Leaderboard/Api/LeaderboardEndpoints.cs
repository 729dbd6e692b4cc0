using System.ComponentModel;
using System.Text.Json.Serialization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Api;
using GavatDashboard.Features.Security;

namespace GavatDashboard.Features.Leaderboard.Api;

/// <summary>Leaderboards, and a user's own place on them.</summary>
internal static class LeaderboardEndpoints
{
    private const int DefaultRows = 50;
    private const int MostRows = 1_000;
    private const int Neighbours = 3;

    public static void MapLeaderboard(this IEndpointRouteBuilder app) =>
        app.MapApiGroup("Leaderboard").RequireAuthorization(Policies.CoinsRead).MapGet("/leaderboard", GetAsync)
            .WithName("GetLeaderboard").WithSummary("Ranks by balance, earned or spent")
            .WithDescription("Equal values share a rank. With `userId` the answer also holds that user's own row and the neighbours above and below.")
            .Produces<LeaderboardAnswer>().MayAnswer(Refusal.InvalidRequest, Refusal.UnknownUser)
            .WithExample(response: """
                {"by":"balance","period":"all","asOf":"2026-05-29T10:15:30.123Z","source":"redis",
                 "items":[{"rank":1,"userId":"7","username":"deniz","value":5210,"tier":"platinum"}]}
                """);

    private static async Task<IResult> GetAsync(
        [Description("balance, earned or spent; balance unless told.")] string? by,
        [Description("all, month or week (UTC, from Monday); all unless told.")] string? period,
        [Description("1 to 1,000 rows; 50 unless told.")] int? limit,
        [Description("A user whose own rank is wanted.")] string? userId,
        CoinReader reader,
        ILedgerStores stores,
        CancellationToken cancellationToken)
    {
        if (!ApiCodes.TryRead("by", by, ApiCodes.Orders, LeaderboardOrder.Balance, out var order, out var problem)
            || !ApiCodes.TryRead("period", period, ApiCodes.Periods, LeaderboardPeriod.All, out var span, out problem))
        {
            return problem;
        }

        if (limit is < 1 or > MostRows)
        {
            return ApiProblem.Invalid($"limit: give a number between 1 and {MostRows}.");
        }

        var rows = await reader.ReadLeaderboardAsync(order, span, limit ?? DefaultRows, cancellationToken);
        var answer = new LeaderboardAnswer(
            order.ToCode(), span.ToCode(), rows.AsOf.UtcDateTime, rows.Source.ToCode(), [.. rows.Value.Select(RowAnswer.Of)], null, null);
        if (string.IsNullOrEmpty(userId))
        {
            return Results.Ok(answer);
        }

        if (!User.IsValidId(userId) || await stores.Current.FindUserAsync(userId, cancellationToken) is null)
        {
            return ApiProblem.Of(Refuse.UnknownUser(userId).Refusal);
        }

        var around = (await reader.FindNeighboursAsync(userId, order, span, Neighbours, cancellationToken))?.Value ?? [];
        var own = around.FirstOrDefault(row => row.UserId == userId);
        return Results.Ok(answer with { Own = own is null ? null : RowAnswer.Of(own), Neighbours = [.. around.Select(RowAnswer.Of)] });
    }
}

/// <summary>A leaderboard, or the head of it.</summary>
internal sealed record LeaderboardAnswer(
    string By,
    string Period,
    [property: Description("When it was known to be true (UTC).")] DateTime AsOf,
    [property: Description("Where it was read: redis, postgresql or sqlite.")] string Source,
    IReadOnlyList<RowAnswer> Items,
    [property: Description("The row of the user that was asked for; absent where there is none."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    RowAnswer? Own,
    [property: Description("That user's neighbours, with the user."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    IReadOnlyList<RowAnswer>? Neighbours);

/// <summary>One rank.</summary>
internal sealed record RowAnswer(long Rank, string UserId, string Username, [property: Description("Coins.")] long Value, string Tier)
{
    public static RowAnswer Of(LeaderboardRow row) => new(row.Rank, row.UserId, row.Username, row.Value.Value, row.Tier.ToCode());
}
