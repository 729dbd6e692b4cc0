using System.Globalization;
using System.Text;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Security;
using GavatDashboard.Shared.Text;

namespace GavatDashboard.Features.Users;

/// <summary>All entries of a user as a CSV file, newest first.</summary>
internal static class EntriesExport
{
    private const string Route = "/users/{userId}/entries.csv";
    private const int PageSize = 1_000;

    public static void Map(IEndpointRouteBuilder app) => app.MapGet(Route, WriteAsync).RequireAuthorization(Policies.Support).ExcludeFromDescription();

    public static string AddressOf(string userId, EntryType? type) =>
        Route.Replace("{userId}", Uri.EscapeDataString(userId), StringComparison.Ordinal) + (type is null ? "" : $"?type={type.Code}");

    private static async Task WriteAsync(string userId, string? type, HttpContext http, ILedgerStores stores, CancellationToken cancellationToken)
    {
        var ledger = stores.Current;
        if (!User.IsValidId(userId) || await ledger.FindUserAsync(userId, cancellationToken) is null)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (!EntryType.TryFind(type, out var only) && !string.IsNullOrEmpty(type))
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"entries-{userId}.csv\"";
        http.Response.Headers.CacheControl = "no-store";
        await using var text = new StreamWriter(http.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\r\n" };
        await text.WriteLineAsync("entry_id,effective_at,recorded_at,type,amount,balance_after,description,related_user_id,reversal_of,actor,metadata".AsMemory(), cancellationToken);
        Guid? before = null;
        while (true)
        {
            var page = await ledger.ListEntriesAsync(new EntryQuery { UserId = userId, Type = only, Before = before, Limit = PageSize }, cancellationToken);
            foreach (var entry in page)
            {
                await text.WriteLineAsync(Line(entry).AsMemory(), cancellationToken);
            }

            if (page.Count < PageSize)
            {
                return;
            }

            before = page[^1].Id;
        }
    }

    private static string Line(Entry entry) => string.Join(
        ',',
        entry.Id.ToString("D"),
        Time(entry.EffectiveAt),
        Time(entry.RecordedAt),
        entry.Type.Code,
        entry.Amount.ToString(),
        entry.BalanceAfter.ToString(),
        CsvField.Quote(entry.Description),
        CsvField.Quote(entry.RelatedUserId),
        entry.ReversalOf?.ToString("D"),
        CsvField.Quote(entry.Actor),
        CsvField.Quote(entry.Metadata));

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
