using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Security;

namespace GavatDashboard.Features.Health;

/// <summary>The health contract for programs.</summary>
public static class HealthEndpoints
{
    private static readonly string[] Reads = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps <c>/health</c> in detail for those who may see it, and <c>/health/live</c> and <c>/health/ready</c> for everybody.</summary>
    public static void MapHealth(this WebApplication app)
    {
        app.MapMethods("/health", Reads, ReadHealth)
            .RequireAuthorization(Policies.Health)
            .Produces<HealthAnswer>()
            .Produces<HealthAnswer>(StatusCodes.Status503ServiceUnavailable)
            .WithName("ReadHealth")
            .WithSummary("The seven components in detail. 200 while coins can be moved, also when degraded; 503 when they cannot.")
            .WithTags("Health");
        app.MapMethods("/health/live", Reads, () => TypedResults.Json(new LivenessAnswer("healthy")))
            .AllowAnonymous()
            .WithName("ReadLiveness")
            .WithSummary("200 while the process serves requests.")
            .WithTags("Health");
        app.MapMethods("/health/ready", Reads, ReadReadiness)
            .AllowAnonymous()
            .Produces<ReadinessAnswer>()
            .Produces<ReadinessAnswer>(StatusCodes.Status503ServiceUnavailable)
            .WithName("ReadReadiness")
            .WithSummary("200 when the ledger takes writes, else 503 with the reason.")
            .WithTags("Health");
    }

    private static IResult ReadHealth(IHealthFeed feed, HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        var snapshot = feed.Current;
        var rollup = snapshot.Rollup;
        var answer = new HealthAnswer(
            rollup.Status.ToContract(),
            rollup.Healthy,
            rollup.Total,
            [
                .. snapshot.Components.Select(component => new ComponentAnswer(
                    component.Id,
                    component.Status.ToContract(),
                    component.LatencyMs is { } latencyMs ? Math.Round(latencyMs, 3) : null,
                    component.CheckedAt,
                    component.Reason)),
            ]);
        return TypedResults.Json(
            answer, statusCode: rollup.Status == ComponentStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
    }

    private static IResult ReadReadiness(IHealthFeed feed, HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        // The canary is a real write into the ledger; the reason stays general, since anybody may ask.
        var coins = feed.Current.Find(ComponentIds.CoinService)!;
        return coins.Status switch
        {
            ComponentStatus.Healthy or ComponentStatus.Degraded => TypedResults.Json(new ReadinessAnswer("ready", "The ledger takes writes.")),
            ComponentStatus.Unhealthy => NotReady("The ledger does not take writes."),
            _ => NotReady(coins.CheckedAt is null ? "The ledger has not been probed yet." : "It is not known whether the ledger takes writes."),
        };
    }

    private static IResult NotReady(string reason) =>
        TypedResults.Json(new ReadinessAnswer("not ready", reason), statusCode: StatusCodes.Status503ServiceUnavailable);
}

/// <summary>The answer of <c>/health</c>.</summary>
/// <param name="Status"><c>healthy</c>, <c>degraded</c>, <c>unhealthy</c> or <c>unknown</c>.</param>
/// <param name="Healthy">How many components are healthy.</param>
/// <param name="Total">How many components there are.</param>
/// <param name="Components">The components.</param>
internal sealed record HealthAnswer(string Status, int Healthy, int Total, IReadOnlyList<ComponentAnswer> Components);

/// <summary>A component in the answer of <c>/health</c>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Status"><c>healthy</c>, <c>degraded</c>, <c>unhealthy</c> or <c>unknown</c>.</param>
/// <param name="LatencyMs">The latency of the last probe, in milliseconds; null where there was none.</param>
/// <param name="CheckedAt">When the last probe ended (UTC); null before the first.</param>
/// <param name="Reason">Why it is so, for a person.</param>
internal sealed record ComponentAnswer(string Id, string Status, double? LatencyMs, DateTimeOffset? CheckedAt, string Reason);

/// <summary>The answer of <c>/health/live</c>.</summary>
/// <param name="Status">Always <c>healthy</c>.</param>
internal sealed record LivenessAnswer(string Status);

/// <summary>The answer of <c>/health/ready</c>.</summary>
/// <param name="Status"><c>ready</c> or <c>not ready</c>.</param>
/// <param name="Reason">Why, for a person.</param>
internal sealed record ReadinessAnswer(string Status, string Reason);
