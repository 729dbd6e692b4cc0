using System.Text.Json;
using System.Text.Json.Serialization;
using GavatDashboard.Features.Security;

namespace GavatDashboard.Features.Failover;

/// <summary>A proof as a file, for whoever has to show it to others.</summary>
internal static class ProofExport
{
    private const string Route = "/admin/failover/proofs/{id:guid}.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static void Map(IEndpointRouteBuilder app) => app.MapGet(Route, WriteAsync).RequireAuthorization(Policies.Admin).ExcludeFromDescription();

    public static string AddressOf(Guid id) => Route.Replace("{id:guid}", id.ToString("D"), StringComparison.Ordinal);

    private static async Task<IResult> WriteAsync(Guid id, IFailoverControl control, HttpResponse response, CancellationToken cancellationToken)
    {
        if (await control.FindProofAsync(id, cancellationToken) is not { } proof)
        {
            return Results.NotFound();
        }

        response.Headers.CacheControl = "no-store";
        return Results.File(JsonSerializer.SerializeToUtf8Bytes(proof, Json), "application/json", $"proof-{proof.Action.ToString().ToLowerInvariant()}-{proof.EndedAt:yyyyMMdd-HHmmss}.json");
    }
}
