using System.Globalization;
using System.Text;
using GavatDashboard.Features.Security;
using GavatDashboard.Shared.Text;

namespace GavatDashboard.Features.Imports;

/// <summary>The rejected lines of an import as a CSV file.</summary>
internal static class RejectedLinesExport
{
    private const string Route = "/admin/imports/{id}/rejected.csv";

    public static void Map(IEndpointRouteBuilder app) => app.MapGet(Route, WriteAsync).RequireAuthorization(Policies.Admin).ExcludeFromDescription();

    public static string AddressOf(string id) => Route.Replace("{id}", Uri.EscapeDataString(id), StringComparison.Ordinal);

    private static async Task WriteAsync(string id, HttpContext http, ImportService imports, CancellationToken cancellationToken)
    {
        if (await imports.FindAsync(id, cancellationToken) is not { } status)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"rejected-{status.SubmittedAt.UtcDateTime:yyyyMMdd-HHmmss}.csv\"";
        http.Response.Headers.CacheControl = "no-store";
        await using var text = new StreamWriter(http.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\r\n" };
        await text.WriteLineAsync("line,reason".AsMemory(), cancellationToken);
        foreach (var line in status.Rejected)
        {
            await text.WriteLineAsync($"{line.Line.ToString(CultureInfo.InvariantCulture)},{CsvField.Quote(line.Reason)}".AsMemory(), cancellationToken);
        }
    }
}
