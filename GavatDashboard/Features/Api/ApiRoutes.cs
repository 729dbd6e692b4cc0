using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;

namespace GavatDashboard.Features.Api;

/// <summary>What all endpoints of the API have in common.</summary>
internal static class ApiRoutes
{
    /// <summary>Where the first version of the API is.</summary>
    public const string V1 = "/api/v1";

    /// <summary>The largest JSON body, in bytes.</summary>
    public const int MaxBodyBytes = 64 * 1024;

    /// <summary>The name of the document and of the group that it shows.</summary>
    public const string DocumentName = "v1";

    /// <summary>Opens a group of endpoints below <see cref="V1"/>, with a tag, a bounded body and the problems that any of them may answer with.</summary>
    /// <param name="app">Where to map.</param>
    /// <param name="tag">The heading in the documentation.</param>
    public static RouteGroupBuilder MapApiGroup(this IEndpointRouteBuilder app, string tag) =>
        app.MapGroup(V1)
            .WithTags(tag)
            .WithGroupName(DocumentName)
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes))
            .MayAnswer(
                ProblemCatalog.Unauthenticated, ProblemCatalog.Forbidden, ProblemCatalog.RateLimited,
                ProblemCatalog.InternalError, ProblemCatalog.StoreUnavailable);

    /// <summary>Says in the documentation which problems an endpoint answers with.</summary>
    /// <param name="builder">The endpoint or group.</param>
    /// <param name="codes">Codes of <see cref="ProblemCatalog"/>.</param>
    public static TBuilder MayAnswer<TBuilder>(this TBuilder builder, params string[] codes)
        where TBuilder : IEndpointConventionBuilder
    {
        foreach (var status in codes.Select(code => ProblemCatalog.Get(code).Status).Distinct())
        {
            builder.WithMetadata(new ProducesResponseTypeAttribute(typeof(ProblemDetails), status, "application/problem+json"));
        }

        return builder.WithMetadata(new DocumentedProblems(codes));
    }

    /// <summary>Says in the documentation that an endpoint takes an idempotency key.</summary>
    public static RouteHandlerBuilder TakesKey(this RouteHandlerBuilder builder) =>
        builder.WithMetadata(new DocumentedKey());

    /// <summary>Puts examples into the documentation.</summary>
    /// <param name="builder">The endpoint.</param>
    /// <param name="request">A body, as JSON, or null.</param>
    /// <param name="response">An answer, as JSON, or null.</param>
    public static RouteHandlerBuilder WithExample(this RouteHandlerBuilder builder, string? request = null, string? response = null) =>
        builder.WithMetadata(new DocumentedExample(request, response));
}

/// <summary>Problems to list in the documentation.</summary>
/// <param name="Codes">Codes of <see cref="ProblemCatalog"/>.</param>
internal sealed record DocumentedProblems(IReadOnlyList<string> Codes);

/// <summary>Marks an endpoint that takes an idempotency key.</summary>
internal sealed record DocumentedKey;

/// <summary>Examples to show in the documentation.</summary>
/// <param name="Request">A body, as JSON, or null.</param>
/// <param name="Response">An answer, as JSON, or null.</param>
internal sealed record DocumentedExample(string? Request, string? Response);

/// <summary>Says in the documentation of what JSON type a property is that is read by hand.</summary>
/// <param name="type"><c>integer</c>, <c>object</c>, <c>string</c>, or <c>id</c> (a text or whole number).</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DocumentedAsAttribute(string type) : Attribute
{
    /// <summary>The property's schema.</summary>
    public OpenApiSchema ToSchema(string? description) => new()
    {
        Type = JsonSchemaType.Null | type switch
        {
            "integer" => JsonSchemaType.Integer,
            "object" => JsonSchemaType.Object,
            "string" => JsonSchemaType.String,
            "id" => JsonSchemaType.String | JsonSchemaType.Integer,
            _ => throw new InvalidOperationException($"There is no JSON type '{type}'."),
        },
        Format = type == "integer" ? "int64" : null,
        Description = description,
    };
}
