using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Domain.Imports;

/// <summary>
/// Reads a ledger's history from rows with the columns <c>user_id, type, amount, date</c> and perhaps <c>description</c> and
/// <c>username</c>, in any order, named by the first row.
/// </summary>
/// <param name="splitRow">Splits a line into its fields; null where the quotes on it do not close.</param>
/// <param name="latest">The last day (UTC) an entry may have been made on.</param>
public sealed class LedgerHistoryParser(Func<string, string[]?> splitRow, DateOnly latest) : IHistoryParser
{
    private const string Source = "csv";
    private static readonly string[] Required = ["user_id", "type", "amount", "date"];
    private static readonly string[] Optional = ["description", "username"];
    private Dictionary<string, int>? _columns;
    private string? _headerProblem;
    private int _width;

    /// <inheritdoc />
    public HistoryLine Parse(RawLine line)
    {
        if (line.IsBlank)
        {
            return new HistoryLine.Skipped(line.Number, IsBlank: true);
        }

        if (_headerProblem is not null)
        {
            return new HistoryLine.Rejected(line.Number, _headerProblem);
        }

        var fields = line.Problem is null ? splitRow(line.Text) : null;
        if (_columns is null)
        {
            return ReadHeader(line.Number, fields);
        }

        if (fields is null)
        {
            return new HistoryLine.Rejected(line.Number, line.Problem ?? "The quotes on the line do not close. A field cannot hold a line break.");
        }

        return fields.Length == _width
            ? ParseRow(line.Number, fields)
            : new HistoryLine.Rejected(line.Number, $"Found {fields.Length} columns, expected {_width}.");
    }

    private HistoryLine ReadHeader(long number, string[]? fields)
    {
        var names = (fields ?? []).Select(field => field.Trim()).ToArray();
        var unknown = names.Except([.. Required, .. Optional], StringComparer.OrdinalIgnoreCase).ToArray();
        var missing = Required.Except(names, StringComparer.OrdinalIgnoreCase).ToArray();
        if (missing.Length > 0 || unknown.Length > 0 || names.Distinct(StringComparer.OrdinalIgnoreCase).Count() != names.Length)
        {
            _headerProblem = $"The first line must name each of the columns {string.Join(", ", Required)} once, and may name {string.Join(" and ", Optional)}"
                + (missing.Length > 0 ? $"; missing: {string.Join(", ", missing)}." : unknown.Length > 0 ? $"; unknown: {HistoryText.Quote(unknown[0])}." : ".");
            return new HistoryLine.Rejected(number, _headerProblem);
        }

        _width = names.Length;
        _columns = names.Select((name, index) => (name, index)).ToDictionary(pair => pair.name, pair => pair.index, StringComparer.OrdinalIgnoreCase);
        return new HistoryLine.Skipped(number, IsBlank: false);
    }

    private HistoryLine ParseRow(long number, string[] fields)
    {
        var (userId, code, amountText, dateText) = (Field(fields, "user_id"), Field(fields, "type"), Field(fields, "amount"), Field(fields, "date"));
        var description = NullIfEmpty(Field(fields, "description"));
        var username = NullIfEmpty(Field(fields, "username")) ?? userId;
        if (CheckNames(userId, description, username) is { } badName)
        {
            return new HistoryLine.Rejected(number, badName);
        }

        if (CheckType(code, out var type) is { } badType)
        {
            return new HistoryLine.Rejected(number, badType);
        }

        if (CheckAmount(amountText, out var amount) is { } badAmount)
        {
            return new HistoryLine.Rejected(number, badAmount);
        }

        if (ReadInstant(dateText, out var at) is { } badDate)
        {
            return new HistoryLine.Rejected(number, badDate);
        }

        var canonical = string.Join('\n', userId, code, amount, at.UtcTicks.ToString(CultureInfo.InvariantCulture), description);
        var identity = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)).AsSpan(0, 16));
        return new HistoryLine.Accepted(
            number, new HistoryUser(userId, username, at), Source, identity, at, [new("entry", type, amount, description)]);
    }

    private static string? CheckNames(string userId, string? description, string username) =>
        !User.IsValidId(userId) || SystemAccounts.IsReserved(userId) ? $"{HistoryText.Quote(userId)} is no user id. Use 1 to {User.MaxNameLength} letters, digits, '.', '_', '@' or '-'."
        : description?.Length > CoinService.MaxTextLength ? $"The description is longer than {CoinService.MaxTextLength} characters."
        : username.Length > User.MaxNameLength ? $"The username is longer than {User.MaxNameLength} characters."
        : null;

    private static string? CheckType(string code, out EntryType type) =>
        !EntryType.TryFind(code, out type!) ? $"{HistoryText.Quote(code)} is no type. Use one of: {string.Join(", ", Importable())}."
        : type.Direction == EntryDirection.Reversal ? "A reversal names the entry that it undoes and cannot be imported; leave out both."
        : null;

    private static IEnumerable<string> Importable() =>
        EntryType.All.Where(type => type.Direction != EntryDirection.Reversal).Select(type => type.Code);

    private static string? CheckAmount(string text, out CoinAmount amount)
    {
        amount = CoinAmount.Zero;
        var isNegative = text.StartsWith('-');
        if (!HistoryText.TryReadWhole(isNegative ? text[1..] : text, out var coins))
        {
            return text.Length > 18 && text.All(char.IsAsciiDigit)
                ? $"The amount {HistoryText.Quote(text)} is too large: at most {CoinAmount.MaxOperation} coins are one operation."
                : $"The amount {HistoryText.Quote(text)} is no whole number of coins.";
        }

        amount = new CoinAmount(coins);
        return isNegative ? $"The amount {HistoryText.Quote(text)} is negative: the type says which way the coins go."
            : coins == 0 ? "The amount is 0; there is nothing to post."
            : amount > CoinAmount.MaxOperation ? $"The amount {HistoryText.Quote(text)} is too large: at most {CoinAmount.MaxOperation} coins are one operation."
            : null;
    }

    private string? ReadInstant(string text, out DateTimeOffset at)
    {
        at = default;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            at = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
            return HistoryText.CheckRange(text, day, latest);
        }

        string[] forms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK", "yyyy-MM-dd HH:mm:ss"];
        if (!DateTimeOffset.TryParseExact(text, forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out at))
        {
            return $"{HistoryText.Quote(text)} is no ISO date, such as 2026-05-29 or 2026-05-29T18:30:00Z.";
        }

        return HistoryText.CheckRange(text, DateOnly.FromDateTime(at.UtcDateTime), latest);
    }

    private string Field(string[] fields, string name) => _columns!.TryGetValue(name, out var index) ? fields[index].Trim() : string.Empty;

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
