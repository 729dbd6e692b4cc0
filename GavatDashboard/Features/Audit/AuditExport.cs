using System.Globalization;
using System.Text;
using GavatDashboard.Features.Security;
using GavatDashboard.Shared.Text;

namespace GavatDashboard.Features.Audit;

/// <summary>The audit log as a CSV file, with the hashes, so that the chain can be checked elsewhere.</summary>
internal static class AuditExport
{
    public const string Path = "/admin/audit/export.csv";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet(Path, WriteAsync).RequireAuthorization(Policies.Admin).ExcludeFromDescription();

    private static async Task WriteAsync(
        HttpContext http, IAuditLog log, TimeProvider time, string? actor, string? action, string? target, DateTimeOffset? from, DateTimeOffset? to, CancellationToken ct)
    {
        var filter = new AuditFilter(actor, action, target, from, to);
        await log.AppendAsync(AuditActors.Of(http.User), "audit.exported", null, null, null, ct);
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"audit-{time.GetUtcNow().UtcDateTime:yyyyMMdd-HHmmss}.csv\"";
        http.Response.Headers.CacheControl = "no-store";
        await using var text = new StreamWriter(http.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\r\n" };
        await text.WriteLineAsync("seq,at,actor,action,target,reason,details,previous_hash,hash");
        await foreach (var entry in log.ReadAsync(filter, ct))
        {
            await text.WriteLineAsync(Line(entry));
        }
    }

    private static string Line(AuditEntry entry) => string.Join(
        ',',
        entry.Seq.ToString(CultureInfo.InvariantCulture),
        entry.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        CsvField.Quote(entry.Actor),
        CsvField.Quote(entry.Action),
        CsvField.Quote(entry.Target),
        CsvField.Quote(entry.Reason),
        CsvField.Quote(entry.DetailsJson),
        entry.PreviousHash,
        entry.Hash);
}
