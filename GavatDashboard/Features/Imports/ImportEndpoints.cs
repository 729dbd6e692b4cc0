using GavatDashboard.Features.Api;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Security;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace GavatDashboard.Features.Imports;

/// <summary>Files of history over HTTP.</summary>
internal static class ImportEndpoints
{
    // What a form adds around the file.
    private const long FormOverheadBytes = 64 * 1024;

    public static void Map(IEndpointRouteBuilder app)
    {
        // Not the group of the API: its bound on bodies is for JSON.
        var group = app.MapGroup($"{ApiRoutes.V1}/imports").WithTags("Imports").WithGroupName(ApiRoutes.DocumentName)
            .RequireAuthorization(Policies.Import)
            .MayAnswer(ProblemCatalog.Unauthenticated, ProblemCatalog.Forbidden, ProblemCatalog.InternalError);
        group.MapPost("/", SubmitAsync)
            .WithName("SubmitImport").WithSummary("Send a file of history: the body itself, or a form with one file")
            .Produces<ImportAnswer>(StatusCodes.Status202Accepted)
            .MayAnswer(Domain.Coins.Refusal.InvalidRequest, ProblemCatalog.BodyTooLarge, ProblemCatalog.RateLimited)
            .DisableAntiforgery();
        group.MapGet("/{id}", GetAsync)
            .WithName("GetImport").WithSummary("How an import stands")
            .Produces<ImportStatus>().MayAnswer(ProblemCatalog.UnknownImport);
    }

    private static async Task<IResult> SubmitAsync(string? format, ImportService imports, HttpContext context, CancellationToken cancellationToken)
    {
        if (ReadFormat(format) is not { } known)
        {
            return ApiProblem.Invalid("format: name cdnow or csv, such as /api/v1/imports?format=cdnow.");
        }

        if (context.Request.ContentLength > imports.MaxFileBytes + FormOverheadBytes)
        {
            return TooLarge(imports.MaxFileBytes);
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = imports.MaxFileBytes + FormOverheadBytes;
        }

        var (content, fileName) = await OpenAsync(context.Request, cancellationToken);
        var submission = content is null
            ? new ImportSubmission.Empty()
            : await imports.SubmitAsync(content, fileName, known, AuditActors.Of(context.User), cancellationToken);
        return submission switch
        {
            ImportSubmission.Queued queued => Results.Accepted($"{ApiRoutes.V1}/imports/{queued.Status.Id}", new ImportAnswer(queued.Status.Id)),
            ImportSubmission.Empty => ApiProblem.Invalid("The file is empty: send its lines as the body, or as the file of a form."),
            ImportSubmission.TooLarge tooLarge => TooLarge(tooLarge.MaxBytes),
            ImportSubmission.Busy busy => ApiProblem.Of(ProblemCatalog.RateLimited, $"{busy.Waiting} imports are waiting. Send the file again later."),
            _ => throw new InvalidOperationException($"A file was answered with {submission.GetType().Name}."),
        };
    }

    private static async Task<IResult> GetAsync(string id, ImportService imports, CancellationToken cancellationToken) =>
        await imports.FindAsync(id, cancellationToken) is { } status ? Results.Ok(status) : ApiProblem.Of(ProblemCatalog.UnknownImport);

    private static ImportFormat? ReadFormat(string? format) => format switch
    {
        "cdnow" => ImportFormat.Cdnow,
        "csv" => ImportFormat.Csv,
        _ => null,
    };

    private static IResult TooLarge(long maxBytes) => ApiProblem.Of(ProblemCatalog.BodyTooLarge, $"A file may hold at most {maxBytes} bytes. Split it, or raise Imports:MaxFileBytes.");

    /// <summary>The body itself, or the first file of a form; read as it comes, never held as a whole.</summary>
    private static async Task<(Stream? Content, string? FileName)> OpenAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            return (request.Body, NameOf(request));
        }

        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (string.IsNullOrEmpty(boundary))
        {
            throw new BadHttpRequestException("The form names no boundary.");
        }

        try
        {
            var parts = new MultipartReader(boundary, request.Body);
            while (await parts.ReadNextSectionAsync(cancellationToken) is { } part)
            {
                if (part.AsFileSection() is { FileStream: { } content } file)
                {
                    return (content, file.FileName);
                }
            }
        }
        catch (Exception exception) when (exception is InvalidDataException || (exception is IOException and not BadHttpRequestException))
        {
            throw new BadHttpRequestException("The form is not well formed.", exception);
        }

        return (null, null);
    }

    private static string? NameOf(HttpRequest request) =>
        ContentDispositionHeaderValue.TryParse(request.Headers.ContentDisposition.ToString(), out var disposition)
            ? HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value
            : null;
}

/// <summary>An import that was accepted.</summary>
/// <param name="Id">Ask <c>GET /api/v1/imports/{id}</c> for its progress.</param>
internal sealed record ImportAnswer(string Id);
