using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using GavatDashboard.Features.Failover;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Security;

namespace GavatDashboard.Features.Incidents;

/// <summary>A post-mortem as a file: Markdown for people, JSON for programs.</summary>
internal static class PostMortemExport
{
    private const string Route = "/incidents/{id:guid}/post-mortem.{format:regex(^(md|json)$)}";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static void Map(IEndpointRouteBuilder app) => app.MapGet(Route, WriteAsync).RequireAuthorization(Policies.Operator).ExcludeFromDescription();

    /// <summary>The address of a post-mortem.</summary>
    /// <param name="id">Of which incident.</param>
    /// <param name="format"><c>md</c> or <c>json</c>.</param>
    public static string AddressOf(Guid id, string format) => $"/incidents/{id:D}/post-mortem.{format}";

    private static async Task<IResult> WriteAsync(Guid id, string format, IIncidentArchive incidents, IHealthArchive archive, IFailoverControl failover, TimeProvider time, HttpResponse response, CancellationToken cancellationToken)
    {
        if (await incidents.FindAsync(id, cancellationToken) is not { } known)
        {
            return Results.NotFound();
        }

        var minutes = await archive.ReadBucketsAsync(known.Incident.ComponentId, BucketLength.Minute, known.Incident.StartedAt.AddMinutes(-1), cancellationToken);
        var post = PostMortem.Of(known, minutes, await IncidentService.ListFailoverAsync(failover, known.Incident, cancellationToken) ?? [], time.GetUtcNow());
        response.Headers.CacheControl = "no-store";
        var name = $"post-mortem-{known.Incident.StartedAt.UtcDateTime:yyyyMMdd-HHmmss}.{format}";
        return format == "md"
            ? Results.File(Encoding.UTF8.GetBytes(post.ToMarkdown()), "text/markdown; charset=utf-8", name)
            : Results.File(JsonSerializer.SerializeToUtf8Bytes(post, Json), "application/json", name);
    }
}
