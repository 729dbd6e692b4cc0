using System.Globalization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Domain.Imports;

/// <summary>
/// Reads the CDNOW purchases in both public forms: the sample (customer, sample id, date, CDs, dollars) and the full file
/// (an optional header, then customer, date, CDs, dollars), with blanks, tabs or commas between the columns. Which form it is, the
/// first line that fits one of them tells.
/// </summary>
/// <remarks>
/// One US cent is one coin: a purchase buys coins and spends them on content on its day. The user is the sample id, or the
/// customer of the full file, as a plain number; so import both into one ledger only if you want them mixed.
/// </remarks>
/// <param name="latest">The last day (UTC) a purchase may have been made on.</param>
public sealed class CdnowParser(DateOnly latest) : IHistoryParser
{
    private const string DateFormat = "yyyyMMdd";
    private const string CsvDateFormat = "yyyy-MM-dd";
    private static readonly char[] Blanks = [' ', '\t'];
    private Layout? _layout;
    private bool _seenFirst;
    private bool _hasCommas;

    /// <inheritdoc />
    public HistoryLine Parse(RawLine line)
    {
        if (line.IsBlank)
        {
            return new HistoryLine.Skipped(line.Number, IsBlank: true);
        }

        var isFirst = !_seenFirst;
        _seenFirst = true;
        if (line.Problem is { } problem)
        {
            return new HistoryLine.Rejected(line.Number, problem);
        }

        // Only the first line may choose the comma; after that, one is a mistake like any other.
        _hasCommas |= isFirst && line.Text.Count(c => c == ',') >= Layout.FewestColumns - 1;
        var columns = _hasCommas
            ? [.. line.Text.Split(',').Select(column => column.Trim().Trim('"'))]
            : line.Text.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
        if (isFirst && IsHeader(columns))
        {
            return new HistoryLine.Skipped(line.Number, IsBlank: false);
        }

        _layout ??= Layout.Detect(columns);
        if (_layout is not { } layout)
        {
            return new HistoryLine.Rejected(line.Number, $"Found {Count(columns.Length)}, expected 5 (customer, sample id, date, CDs, dollars) or 4 (customer, date, CDs, dollars).");
        }

        return columns.Length == layout.Columns
            ? ParsePurchase(line.Number, layout, columns)
            : new HistoryLine.Rejected(line.Number, $"Found {Count(columns.Length)}, expected {layout.Columns}.");
    }

    private HistoryLine ParsePurchase(long number, Layout layout, string[] columns)
    {
        var (customer, date, discs, dollars) = (columns[layout.User], columns[layout.User + 1], columns[layout.User + 2], columns[layout.User + 3]);
        if (!HistoryText.TryReadWhole(customer, out var id))
        {
            return new HistoryLine.Rejected(number, $"The customer {HistoryText.Quote(customer)} is not a number.");
        }

        if (HistoryText.ReadDate(date, _hasCommas && date.Contains('-') ? CsvDateFormat : DateFormat, latest, out var day) is { } badDate)
        {
            return new HistoryLine.Rejected(number, badDate);
        }

        if (!HistoryText.TryReadWhole(discs, out var discCount))
        {
            return new HistoryLine.Rejected(number, $"The number of CDs {HistoryText.Quote(discs)} is not a number.");
        }

        if (HistoryText.ReadCents(dollars, out var cents) is { } badAmount)
        {
            return new HistoryLine.Rejected(number, badAmount);
        }

        var userId = id.ToString(CultureInfo.InvariantCulture);
        var at = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        var user = new HistoryUser(userId, $"cdnow-{userId}", at);
        if (cents == CoinAmount.Zero)
        {
            return new HistoryLine.Rejected(number, "The amount is $0.00; there is nothing to post.", user);
        }

        var identity = string.Create(CultureInfo.InvariantCulture, $"{userId}:{day:yyyyMMdd}:{discCount}:{cents.Value}");
        var words = string.Create(CultureInfo.InvariantCulture, $"{discCount} {(discCount == 1 ? "CD" : "CDs")} for ${cents.Value / 100}.{cents.Value % 100:00}");
        return new HistoryLine.Accepted(
            number, user, layout.Source, identity, at,
            [new("earn", EntryType.EarnPurchase, cents, words), new("spend", EntryType.SpendContent, cents, words)]);
    }

    private static string Count(int columns) => columns == 1 ? "1 column" : string.Create(CultureInfo.InvariantCulture, $"{columns} columns");

    // A header is words: no column of it is a number.
    private static bool IsHeader(string[] columns) =>
        columns.Length >= 2 && columns.All(column => column.Any(char.IsLetter) && !column.All(c => char.IsAsciiDigit(c) || c == '.'));

    private readonly record struct Layout(string Source, int User)
    {
        public const int FewestColumns = 4;

        public int Columns => User + FewestColumns;

        public static Layout? Detect(string[] columns)
        {
            Layout[] known = [new("cdnow-sample", 1), new("cdnow", 0)];
            foreach (var layout in known)
            {
                if (columns.Length == layout.Columns && columns[0].All(char.IsAsciiDigit)
                    && DateOnly.TryParseExact(columns[layout.User + 1], [DateFormat, CsvDateFormat], CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
                {
                    return layout;
                }
            }

            return null;
        }
    }
}
