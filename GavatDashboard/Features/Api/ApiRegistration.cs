using GavatDashboard.Features.Analysis.Api;
using GavatDashboard.Features.Coins.Api;
using GavatDashboard.Features.Failover;
using GavatDashboard.Features.Leaderboard.Api;
using GavatDashboard.Features.Security;
using GavatDashboard.Features.Users.Api;
using Scalar.AspNetCore;

namespace GavatDashboard.Features.Api;

/// <summary>The REST API: what it needs, what stands before its endpoints, and where they are.</summary>
internal static class ApiRegistration
{
    /// <summary>Registers what the API needs.</summary>
    public static void AddApi(this IHostApplicationBuilder builder)
    {
        builder.Services.ConfigureHttpJsonOptions(ApiJson.Configure);

        // A request that cannot be bound is thrown, so that one place words all problems.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.AddScoped<CoinPoster>();
        builder.Services.AddOpenApi(ApiRoutes.DocumentName, ApiDocument.Configure);
    }

    /// <summary>Turns everything that goes wrong under <c>/api</c> into a problem. To be called before sign-in and rate limits, whose refusals it words too.</summary>
    public static void UseApi(this IApplicationBuilder app) =>
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/api"), branch => branch.UseMiddleware<ApiProblemMiddleware>());

    /// <summary>Maps the endpoints and their documentation.</summary>
    public static void MapApi(this IEndpointRouteBuilder app)
    {
        app.MapCoinReading();
        app.MapCoinPosting();
        app.MapLeaderboard();
        app.MapUsers();
        app.MapAnalysis();
        app.MapFailover();
        app.MapGet($"{ProblemCatalog.Path}", () => ProblemCatalog.All).AllowAnonymous().ExcludeFromDescription();
        app.MapGet($"{ProblemCatalog.Path}/{{code}}", (string code) => ProblemCatalog.Find(code) is { } kind ? Results.Ok(kind) : ApiProblem.Of(ProblemCatalog.NotFound))
            .AllowAnonymous().ExcludeFromDescription();
        app.MapOpenApi().AllowAnonymous();

        // The reader alone: what it offers beyond that would call home.
        app.MapScalarApiReference("/docs", options => options
                .WithTitle("GavatDashboard API")
                .WithOpenApiRoutePattern($"/openapi/{ApiRoutes.DocumentName}.json")
                .AddPreferredSecuritySchemes(ApiDocument.KeyScheme)
                .DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideDeveloperTools().HideClientButton())
            .RequireAuthorization(Policies.Viewer);
    }
}
