using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace GavatDashboard.Stores.Sqlite.Console;

/// <summary>The data-protection key ring (cookies, antiforgery) in the console store, so that a restart signs nobody out.</summary>
internal sealed class SqliteKeyRing(ConsoleDatabase database, TimeProvider time) : IXmlRepository
{
    // The framework's interface is synchronous and called rarely, from threads without a synchronisation context.
    public IReadOnlyCollection<XElement> GetAllElements() => database.ReadAsync<IReadOnlyCollection<XElement>>(
        async sql => [.. (await sql.QueryAsync<string>("SELECT xml FROM data_protection_keys ORDER BY id")).Select(xml => XElement.Parse(xml))],
        CancellationToken.None).GetAwaiter().GetResult();

    public void StoreElement(XElement element, string friendlyName) => database.WriteAsync(
        sql => sql.ExecuteAsync(
            "INSERT INTO data_protection_keys (friendly_name, xml, created_at_ms) VALUES (@friendlyName, @xml, @nowMs)",
            new { friendlyName, xml = element.ToString(SaveOptions.DisableFormatting), nowMs = time.GetUtcNow().ToUnixTimeMilliseconds() }),
        CancellationToken.None).GetAwaiter().GetResult();
}
