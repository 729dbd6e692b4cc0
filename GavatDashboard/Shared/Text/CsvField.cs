namespace GavatDashboard.Shared.Text;

/// <summary>Text as a field of a CSV file that people open in a spreadsheet.</summary>
internal static class CsvField
{
    /// <summary>Spreadsheets run a field that begins like a formula; an apostrophe makes it text. Absent stays empty, without quotes.</summary>
    public static string Quote(string? text)
    {
        if (text is null)
        {
            return "";
        }

        var harmless = text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..] ? "'" + text : text;
        return $"\"{harmless.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
