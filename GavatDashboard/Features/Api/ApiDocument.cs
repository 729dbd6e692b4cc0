using System.ComponentModel;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Security;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace GavatDashboard.Features.Api;

/// <summary>Makes the OpenAPI document complete: who may call, which problems come, and examples of both directions.</summary>
internal static class ApiDocument
{
    /// <summary>The scheme of keys in a header of their own.</summary>
    public const string KeyScheme = "ApiKey";
    private const string BearerScheme = "Bearer";

    /// <summary>Sets up the document of the first version.</summary>
    public static void Configure(OpenApiOptions options)
    {
        options.ShouldInclude = description =>
            description.GroupName == ApiRoutes.DocumentName || (description.RelativePath ?? string.Empty).StartsWith("health", StringComparison.Ordinal);
        options.AddDocumentTransformer((document, _, _) =>
        {
            Introduce(document);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            Complete(operation, context);
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            DescribeByHand(schema, context);
            return Task.CompletedTask;
        });
    }

    private static void Introduce(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "GavatDashboard",
            Version = ApiRoutes.DocumentName,
            Description = """
                The coin economy of a community: balances, earning and spending, users, leaderboards, analysis.

                Every call carries an API key in `X-Api-Key`, or as a bearer token; what it may do hangs on the key's scopes.
                Amounts are whole coins. Times are UTC. User ids are texts; whole JSON numbers are taken as texts.
                Errors are RFC 9457 problem details with a `code` for programs; each code is described at `/api/problems`.

                A call that moves coins happens once for each `Idempotency-Key`, however often it is sent: repeat it with the
                same key until it is answered. Without the header a key is made and given back with the answer.
                """,
        };
        document.Servers?.Clear();
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [KeyScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-Api-Key", Description = "An API key with the scope that the call needs.",
            },
            [BearerScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "The same API key as a bearer token.",
            },
        };
    }

    private static void Complete(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        Secure(operation, metadata, context.Document);
        foreach (var group in metadata.OfType<DocumentedProblems>().SelectMany(problems => problems.Codes).Distinct().Select(ProblemCatalog.Get).GroupBy(kind => kind.Status))
        {
            var status = group.Key.ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (operation.Responses?.GetValueOrDefault(status) is OpenApiResponse response)
            {
                response.Description = string.Join(" ", group.Select(kind => $"`{kind.Code}`: {kind.Title}."));
                AddExample(response.Content, ExampleOf(group.First()));
            }
        }

        if (metadata.OfType<DocumentedKey>().Any())
        {
            (operation.Parameters ??= []).Add(new OpenApiParameter
            {
                Name = RequestKey.Header,
                In = ParameterLocation.Header,
                Description = $"1 to {LedgerOperation.MaxKeyLength} characters. The call happens once for each key; without one a key is made and returned.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = LedgerOperation.MaxKeyLength },
            });
        }

        foreach (var example in metadata.OfType<DocumentedExample>())
        {
            AddExample(operation.RequestBody?.Content, example.Request);
            var success = operation.Responses?.FirstOrDefault(response => response.Key.StartsWith('2')).Value;
            AddExample(success?.Content, example.Response);
        }
    }

    private static void Secure(OpenApiOperation operation, IList<object> metadata, OpenApiDocument? document)
    {
        if (metadata.OfType<IAllowAnonymous>().Any())
        {
            return;
        }

        operation.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(KeyScheme, document)] = [] },
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(BearerScheme, document)] = [] },
        ];
        var scopes = metadata.OfType<IAuthorizeData>().Select(data => data.Policy)
            .Where(policy => policy is not null && policy.StartsWith(Policies.ScopePrefix, StringComparison.Ordinal))
            .Select(policy => $"`{policy![Policies.ScopePrefix.Length..]}`").Distinct().ToArray();
        if (scopes.Length > 0)
        {
            operation.Description = $"{operation.Description}\n\nScope: {string.Join(" and ", scopes)}.".Trim();
        }
    }

    private static string ExampleOf(ProblemKind kind) => new JsonObject
    {
        ["type"] = kind.Type,
        ["title"] = kind.Title,
        ["status"] = kind.Status,
        ["detail"] = kind.Remedy,
        ["code"] = kind.Code,
        ["traceId"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    }.ToJsonString();

    private static void AddExample(IDictionary<string, OpenApiMediaType>? content, string? json)
    {
        if (content is null || json is null)
        {
            return;
        }

        foreach (var media in content.Values)
        {
            media.Example = JsonNode.Parse(json);
        }
    }

    /// <summary>What the types alone cannot say: properties that are read by hand, and those that are left away when null.</summary>
    private static void DescribeByHand(OpenApiSchema schema, OpenApiSchemaTransformerContext context)
    {
        if (context.JsonPropertyInfo is not null || schema.Properties is not { } properties)
        {
            return;
        }

        foreach (var property in context.JsonTypeInfo.Properties)
        {
            if (AttributeOf<DocumentedAsAttribute>(property) is { } documented)
            {
                properties[property.Name] = documented.ToSchema(AttributeOf<DescriptionAttribute>(property)?.Description);
            }

            if (AttributeOf<JsonIgnoreAttribute>(property)?.Condition == JsonIgnoreCondition.WhenWritingNull)
            {
                schema.Required?.Remove(property.Name);
            }
        }
    }

    private static T? AttributeOf<T>(JsonPropertyInfo property)
        where T : Attribute =>
        property.AttributeProvider?.GetCustomAttributes(typeof(T), inherit: false).OfType<T>().FirstOrDefault();
}
