using CsvHelper;

namespace GavatDashboard.Features.Imports;

/// <summary>Splits one line of comma-separated values.</summary>
internal static class CsvRow
{
    private static readonly CsvReaderOptions Options = new()
    {
        HasHeader = false,
        Separator = ',',
        AllowLineBreaksInQuotes = false,
        MalformedData = CsvMalformedDataHandling.Throw,
        BufferSize = 4096,
    };

    /// <summary>
    /// The fields of a line, or null where its quotes are not well formed. Lines are split one by one, so that a quote that
    /// never closes costs its own line and not the rest of the file.
    /// </summary>
    public static string[]? Split(string line)
    {
        using var reader = CsvReader.FromText(line, Options);
        try
        {
            return reader.Read() ? reader.Current.ToArray() : [];
        }
        catch (CsvFormatException)
        {
            return null;
        }
    }
}
